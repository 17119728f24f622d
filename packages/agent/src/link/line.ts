import type { AddressInfo } from 'node:net';
import type { Self } from '@fairway/core';
import type { Change, Directory } from './directory.ts';

/** How one thread hears of the control plane, and tells it of what the application does. */
export interface Line {
  /** Whether an answer to `ask` may be expected. */
  readonly isAnswering: boolean;
  /** Asks what an address means; the answer comes as a change. */
  ask(address: string): void;
  /** An answer did not come in time. */
  late(): void;
  /** The service that an address means; null: none; undefined: not known. */
  serviceAt(address: string): string | null | undefined;
  opened(address: AddressInfo): void;
  closed(address: AddressInfo): void;
  /** For tests and diagnosis. */
  probe(): object;
}

/** What a line tells the agent of its thread. */
export interface LineEvents {
  changed(self: Self, directory: Directory, change: Change): void;
  /** Nothing is answered for now. */
  down(): void;
  /** Addresses that still wait for an answer. */
  asked(): Iterable<string>;
}
