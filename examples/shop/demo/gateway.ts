import { join } from 'node:path';
import type { Client, ClientEvent } from '@fairway/client';
import { type GatewayEvent, runGateway } from '@fairway/gateway';
import { NAMESPACE } from './instances.ts';
import { newServedRevision } from './served-revision.ts';

/** What keeps an NGINX of ours as the resources say. NGINX is a process of its own. */
export interface RunningGateway {
  /** Resolves when NGINX serves by the revision. @throws Error when it does not within the time, or refuses it */
  servedAt(revision: number, timeoutMs: number): Promise<void>;
  /** Ends NGINX once it has answered what it has. */
  stop(): Promise<void>;
}

/** Which gateway, whose resources, and where all that it writes goes. `revision`: what the control plane has by now. */
export interface GatewaySetting {
  readonly name: string;
  readonly namespace: string;
  readonly dir: string;
  readonly client: Client;
  readonly revision: number;
}

/** Starts NGINX for a Gateway. */
export function startGateway({ name, namespace, dir, client, revision }: GatewaySetting): RunningGateway {
  const ending = new AbortController();
  const served = newServedRevision(revision);
  const running = runGateway({
    client: {
      world: (of) => {
        served.rendering();
        return client.world(of);
      },
      gatewayApplied: (applied) => client.gatewayApplied(applied),
      events: (signal) => overheard(client.events(signal), served.heard),
    },
    gateway: name,
    namespace,
    dir,
    signal: ending.signal,
    onEvent: (event) => followEvent(event, served),
  });
  const ended = running.then(() => {
    throw new Error('the gateway has ended');
  });
  ended.catch(() => undefined);
  return {
    servedAt: (wanted, timeoutMs) => Promise.race([served.reached(wanted, timeoutMs), ended]),
    stop: async () => {
      ending.abort();
      await running.catch(() => undefined);
    },
  };
}

function followEvent(event: GatewayEvent, served: ReturnType<typeof newServedRevision>): void {
  if (event.type === 'refused') served.failed(event.error);
  else if (event.type !== 'away' && event.type !== 'unresolved') served.applied();
}

async function* overheard(events: AsyncIterable<ClientEvent>, heard: (revision: number) => void) {
  for await (const event of events) {
    if ('revision' in event) heard(event.revision);
    yield event;
  }
}

/** Starts the shop's gateways: `edge` for HTTP, `field` for TCP. */
export function startGateways(dir: string, client: Client, revision: number): RunningGateway {
  const gateways = ['edge', 'field'].map((name) =>
    startGateway({ name, namespace: NAMESPACE, dir: join(dir, name), client, revision }),
  );
  return {
    servedAt: async (wanted, timeoutMs) => {
      await Promise.all(gateways.map((one) => one.servedAt(wanted, timeoutMs)));
    },
    stop: async () => {
      await Promise.all(gateways.map((one) => one.stop()));
    },
  };
}
