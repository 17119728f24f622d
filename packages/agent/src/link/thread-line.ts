import { BroadcastChannel, threadId } from 'node:worker_threads';
import { type Log, sheltered } from '../log.ts';
import type { Options } from '../option.ts';
import { createDirectory } from './directory.ts';
import type { Line, LineEvents } from './line.ts';
import { REPORT_EVERY_MS } from './link.ts';
import { CHANNEL, type FromThread, type ToThreads } from './thread-hub.ts';

/** The line of a worker thread: what the main thread knows, and through it to the control plane. */
export function createThreadLine({ namespace }: Options, log: Log, events: LineEvents): Line {
  const directory = createDirectory(namespace);
  let channel: BroadcastChannel | undefined;
  let isAnswering = true;
  let isAside = false;
  let toldMs = 0;

  /** What other worker threads tell the main thread comes by here too. */
  function receive(message: ToThreads | FromThread): void {
    if ('update' in message) {
      isAnswering = true;
      isAside = false;
      const change = directory.apply(message.update);
      if (change) events.changed(message.self, directory, change);
      tellCounts();
    } else if ('isAside' in message) {
      isAside = true;
      directory.clear();
      events.aside();
      fall();
    } else if ('everyMs' in message) events.paced(message.everyMs);
    else if ('followKeys' in message) events.followKeys(message.followKeys);
    else if ('isDown' in message) fall();
  }

  function fall(): void {
    isAnswering = false;
    events.down();
  }

  function tellCounts(): void {
    if (Date.now() - toldMs < REPORT_EVERY_MS) return;
    toldMs = Date.now();
    tell({ thread: threadId, counts: events.report() });
  }

  function tell(message: FromThread): void {
    if (!channel) {
      channel = new BroadcastChannel(CHANNEL);
      channel.onmessage = (event) =>
        sheltered(log, 'a message cannot be applied', () => receive((event as { data: ToThreads | FromThread }).data));
      (channel as unknown as { unref(): void }).unref();
    }
    channel.postMessage(message);
  }

  return {
    standing: undefined,
    get isAnswering() {
      return isAnswering;
    },
    get isAside() {
      return isAside;
    },
    ask: (address) => tell({ ask: address }),
    late() {
      isAnswering = false;
    },
    serviceAt: (address) => directory.serviceAt(address),
    opened: (opened) => tell({ opened }),
    closed: (closed) => tell({ closed }),
    saw: (sight) => tell({ sight }),
    measured: (measured) => tell({ measured }),
    diagnosed: () => undefined,
    hops: (hops) => tell({ hops }),
    turned() {
      if (channel) tell({ thread: threadId, counts: events.report() });
    },
    report: () => ({ ...events.report(), bytes: directory.bytes }),
    probe: () => ({ phase: 'thread', position: directory.position }),
  };
}
