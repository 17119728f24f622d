import type { AddressInfo } from 'node:net';
import { BroadcastChannel } from 'node:worker_threads';
import type { Self } from '@fairway/core';
import type { FollowKeys, Update } from '@fairway/model';
import type { Measured } from '../measure/measure.ts';
import type { ToldHops } from '../trace/hop-log.ts';
import type { CallerSight, Line, PointCounts } from './line.ts';

/** What worker threads are told by the main thread. */
export type ToThreads =
  | { readonly self: Self; readonly update: Update }
  | { readonly isDown: true }
  | { readonly isAside: true }
  | { readonly everyMs: number }
  | { readonly followKeys: FollowKeys };

/** What they tell it. */
export type FromThread =
  | { readonly ask: string }
  | { readonly opened: AddressInfo }
  | { readonly closed: AddressInfo }
  | { readonly sight: CallerSight }
  | { readonly measured: Measured }
  | { readonly hops: ToldHops }
  | Counted;

/** How a worker thread is: its number, and what its points did. */
export interface Counted {
  readonly thread: number;
  readonly counts: PointCounts;
}

/** Name of the channel; it does not leave the process. */
export const CHANNEL = 'fairway.agent';

/** The main thread's side: there is one link a process, and worker threads govern by what it hears. */
export interface ThreadHub {
  share(message: ToThreads): void;
  /** Addresses that worker threads asked for. */
  readonly asked: Iterable<string>;
  /** What each worker thread last counted, those that ended included. */
  readonly counts: Iterable<PointCounts>;
}

const MAX_ASKED = 2048;

/** Opens the channel when the first worker thread is made. */
export function createThreadHub(line: Line, state: () => readonly ToThreads[]): ThreadHub {
  const asked = new Set<string>();
  const counts = new Map<number, PointCounts>();
  let channel: BroadcastChannel | undefined;

  function receive(message: FromThread): void {
    if ('opened' in message) line.opened(message.opened);
    else if ('closed' in message) line.closed(message.closed);
    else if ('sight' in message) line.saw(message.sight);
    else if ('measured' in message) line.measured(message.measured);
    else if ('hops' in message) line.hops(message.hops);
    else if ('counts' in message) counts.set(message.thread, message.counts);
    else ask(message.ask);
  }

  function ask(address: string): void {
    if (asked.size < MAX_ASKED) asked.add(address);
    if (line.serviceAt(address) === undefined) line.ask(address);
    for (const known of state()) channel?.postMessage(known);
  }

  process.once('worker', () => {
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = (event) => receive((event as { data: FromThread }).data);
    (channel as unknown as { unref(): void }).unref();
  });
  return {
    asked,
    counts: { [Symbol.iterator]: () => counts.values() },
    share: (message) => channel?.postMessage(message),
  };
}
