import type { Writable } from 'node:stream';

/** What is logged, and where to. */
export interface LogOptions {
  readonly level: 'off' | 'error' | 'warn' | 'info' | 'debug';
  /** One JSON object a line goes there. Default: standard error. */
  readonly stream: Pick<Writable, 'write'>;
}
