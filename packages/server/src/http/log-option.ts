import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** What is logged, and where to. */
export interface LogOptions {
  readonly level: 'off' | 'error' | 'warn' | 'info' | 'debug';
  /** One JSON object a line goes there. Default: standard error. */
  readonly stream: Pick<Writable, 'write'>;
}

/** The log of the process. Nothing that proves who somebody is gets into it. */
export function createLog({ level, stream }: LogOptions): Logger {
  return pino({ level: level === 'off' ? 'silent' : level, redact: ['req.headers', 'authorization'] }, stream);
}
