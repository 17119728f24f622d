import type { AddressInfo } from 'node:net';
import type { Self } from '@fairway/core';
import type { AgentReport, CallerCount, Command, Diagnose, FollowKeys, Transition } from '@fairway/model';
import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Measured } from '../measure/measure.ts';
import type { ToldHops } from '../trace/hop-log.ts';
import type { Change, Directory } from './directory.ts';
import type { Standing } from './standing.ts';

/** How one thread hears of the control plane, and tells it of what the application does. */
export interface Line {
  /** undefined: this is a worker thread, and no instance of its own. */
  readonly standing: Standing | undefined;
  /** Whether an answer to `ask` may be expected. */
  readonly isAnswering: boolean;
  /** Whether it forgot all it knew, because that was more than FAIRWAY_BUDGET_MB. */
  readonly isAside: boolean;
  /** Asks what an address means; the answer comes as a change. */
  ask(address: string): void;
  /** An answer did not come in time. */
  late(): void;
  /** The service that an address means; null: none; undefined: not known. */
  serviceAt(address: string): string | null | undefined;
  opened(address: AddressInfo): void;
  closed(address: AddressInfo): void;
  /** A point of interception was turned off or on. */
  turned(): void;
  /** What is to go into the ledger of the instances that this thread calls. */
  saw(sight: CallerSight): void;
  /** What this thread measured is to be told. */
  measured(measured: Measured): void;
  /** What the control plane asked for was found, or not. */
  diagnosed(diagnosis: Diagnosis): void;
  /** What became of followed requests is to be told. */
  hops(told: ToldHops): void;
  /** How this thread is; in the main thread, how the process is. */
  report(): AgentReport;
  /** For tests and diagnosis. */
  probe(): object;
}

/** What a thread saw of the instances that it calls, since it told before. */
export interface CallerSight {
  readonly transitions: readonly Transition[];
  readonly counts: readonly CallerCount[];
}

/** The part of a report that is not the line's own. */
export type PointCounts = Pick<AgentReport, 'points' | 'droppedLabels'>;

/** What a line tells the agent of its thread. */
export interface LineEvents {
  changed(self: Self, directory: Directory, change: Change): void;
  /** Nothing is answered for now. */
  down(): void;
  /** It stepped aside: nothing is known any more. */
  aside(): void;
  /** The application listens, in whatever thread of this process. Told in the main thread alone. */
  listening(address: AddressInfo): void;
  /** The control plane wants something done. */
  command(kind: Command['kind']): void;
  /** The control plane wants to know something of this process. Told in the main thread alone. */
  diagnose(ask: Diagnose): void;
  /** How often traffic is to be told from now on; 0: never. */
  paced(everyMs: number): void;
  /** By which keys a request is known that is to be followed. */
  followKeys(keys: FollowKeys): void;
  /** What any thread of this process measured. Told in the main thread alone. */
  measured(measured: Measured): void;
  /** Addresses that still wait for an answer. */
  asked(): Iterable<string>;
  /** What the points of this thread did. */
  report(): PointCounts;
}
