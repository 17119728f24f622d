import { BroadcastChannel } from 'node:worker_threads';
import type { Log } from '../log.ts';
import type { Options } from '../option.ts';
import { createDirectory } from './directory.ts';
import type { Line, LineEvents } from './line.ts';
import { CHANNEL, type FromThread, type ToThreads } from './thread-hub.ts';

/** The line of a worker thread: what the main thread knows, and through it to the control plane. */
export function createThreadLine({ namespace }: Options, _log: Log, events: LineEvents): Line {
  const directory = createDirectory(namespace);
  let channel: BroadcastChannel | undefined;
  let isAnswering = true;

  function receive(message: ToThreads): void {
    isAnswering = !('isDown' in message);
    if ('isDown' in message) {
      events.down();
      return;
    }
    const change = directory.apply(message.update);
    if (change) events.changed(message.self, directory, change);
  }

  function tell(message: FromThread): void {
    if (!channel) {
      channel = new BroadcastChannel(CHANNEL);
      channel.onmessage = (event) => receive((event as { data: ToThreads }).data);
      (channel as unknown as { unref(): void }).unref();
    }
    channel.postMessage(message);
  }

  return {
    get isAnswering() {
      return isAnswering;
    },
    ask: (address) => tell({ ask: address }),
    late() {
      isAnswering = false;
    },
    serviceAt: (address) => directory.serviceAt(address),
    opened: (opened) => tell({ opened }),
    closed: (closed) => tell({ closed }),
    probe: () => ({ phase: 'thread', position: directory.position }),
  };
}
