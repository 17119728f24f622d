import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@fairway/client';
import type { Lane, Policy } from '@fairway/model';
import { PROTOCOLS, TIMEOUT_MS } from './client.ts';
import { type Governed, NAMESPACE, startGoverned } from './governed.ts';
import type { StormInstance } from './instance.ts';
import { type Count, type Failure, runFlows } from './load.ts';
import { throughNginx } from './traffic.ts';
import { World } from './world.ts';

/** A fault, and what callers may lose by it. */
export interface Fault {
  readonly name: string;
  /** In words. */
  readonly allowed: string;
  /** Half of the requests come by NGINX. */
  readonly isThroughNginx?: boolean;
  /** Does it to the first of three instances of the front, or to something else; resolves when it is over. Gives the number of requests that may fail. */
  run(stage: Stage): Promise<number>;
}

export interface Stage {
  readonly world: World;
  readonly governed: Governed;
  /** The first of three. */
  readonly one: StormInstance;
  /** Requests that failed so far. */
  readonly failures: readonly Failure[];
}

export interface FaultResult {
  readonly name: string;
  readonly allowed: string;
  readonly sent: number;
  readonly limit: number;
  readonly failures: readonly Failure[];
  /** Requests that failed by the loss ledger: as the agent of the caller counted. */
  readonly ledger: number;
  /** Requests that the instance got while it was at fault, and the share of all that it had before. */
  readonly note: string;
}

const SICK_FOR_MS = 8000;
/** Short times, so that a fault and the return from it take seconds. */
const POLICY: Policy = {
  apiVersion: 'fairway.dev/v1',
  kind: 'Policy',
  metadata: { name: 'storm', namespace: NAMESPACE },
  spec: {
    services: '*',
    warmup: { duration: '2s' },
    outlier: { interval: '2s', baseEjection: '2s', maxEjection: '10s', slowRate: { slowerThan: '150ms' } },
  },
};
/** Failures in a row after which an instance is out, in the policy. */
const THRESHOLD = 5;

const RELOADS = 16;
const SERVED_WITHIN_MS = 30_000;
/** What callers see is in the ledger after so long. */
const LEDGER_LAG_MS = 2500;

/** A lane without instances: NGINX draws for it all the same, so that it is reloaded when the percentage changes. */
function laneOf(percent: number): Lane {
  const metadata = { name: 'canary', namespace: NAMESPACE };
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata, spec: { entry: [{ services: ['edge'], percent }] } };
}

/** All faults, in the order in which they are tried. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'SIGKILL of one of three',
    allowed: 'what was under way on it',
    async run({ world, one }) {
      const { busy } = await one.tell({});
      await world.kill(one);
      await delay(SICK_FOR_MS / 2);
      return busy + IN_TRANSIT;
    },
  },
  {
    name: 'one of three calls process.exit()',
    allowed: 'what was under way on it',
    async run({ one }) {
      const { busy } = await one.tell({});
      await one.tell({ mode: 'exit' }).catch(() => undefined);
      await delay(SICK_FOR_MS / 2);
      return busy + IN_TRANSIT;
    },
  },
  {
    name: 'SIGSTOP of one of three, SIGCONT 4 s later',
    allowed: 'nothing: what was under way is answered later',
    async run({ one }) {
      process.kill(one.child.pid, 'SIGSTOP');
      await delay(SICK_FOR_MS / 2);
      process.kill(one.child.pid, 'SIGCONT');
      await delay(SICK_FOR_MS / 2);
      return 0;
    },
  },
  {
    name: 'one of three refuses connections',
    allowed: 'nothing',
    async run({ one }) {
      await one.tell({ mode: 'refuse' });
      await delay(SICK_FOR_MS);
      return 0;
    },
  },
  {
    name: 'one of three at 100 % errors, then well',
    allowed: `for each protocol the threshold (${THRESHOLD}) and what was under way, and a probe for each ejection`,
    async run({ one }) {
      const { busy } = await one.tell({ mode: 'errors' });
      await delay(SICK_FOR_MS);
      await one.tell({ mode: 'ok' });
      await delay(SICK_FOR_MS);
      return THRESHOLD + busy + IN_TRANSIT + Math.ceil(SICK_FOR_MS / 2000);
    },
  },
  {
    name: 'one of three 20 times slower',
    allowed: 'nothing',
    async run({ one }) {
      await one.tell({ mode: 'slow' });
      await delay(SICK_FOR_MS);
      await one.tell({ mode: 'ok' });
      return 0;
    },
  },
  {
    name: 'answers of one of three hang, for 8 s',
    allowed: `for each protocol the threshold (${THRESHOLD}) and what was under way`,
    async run({ one }) {
      const { busy } = await one.tell({ mode: 'hang' });
      await delay(SICK_FOR_MS);
      await one.tell({ mode: 'ok' });
      // The callers wait for what hangs.
      await delay(TIMEOUT_MS);
      return THRESHOLD * PROTOCOLS.length + busy + IN_TRANSIT;
    },
  },
  {
    name: `NGINX reloaded ${RELOADS} times`,
    allowed: 'nothing',
    isThroughNginx: true,
    async run({ governed: { client, gateway } }) {
      for (let percent = 1; percent <= RELOADS; percent++) {
        const { revision } = await client.apply([laneOf(percent)]);
        await gateway.servedAt(revision, SERVED_WITHIN_MS);
      }
      return 0;
    },
  },
  {
    name: 'control plane killed, and back 4 s later',
    allowed: 'nothing',
    async run({ governed: { controlPlane } }) {
      await controlPlane.kill();
      await delay(SICK_FOR_MS / 2);
      await controlPlane.restart();
      await delay(SICK_FOR_MS / 2);
      return 0;
    },
  },
  {
    name: 'wall clocks of all instances jump an hour ahead, one after the other',
    allowed: 'nothing',
    async run({ world }) {
      for (const instance of [...world.instances.front, ...world.instances.back]) {
        await instance.tell({ jumpMs: 3_600_000 });
        await delay(1000);
      }
      return 0;
    },
  },
];

/** Requests that may be on their way to an instance and not counted by it, at the rates of these runs. */
const IN_TRANSIT = 6;

/** Runs one fault under load. */
export async function runFault(fault: Fault, perSecond: number): Promise<FaultResult> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const governed = await startGoverned([POLICY], stops);
    const world = new World(governed);
    stops.push(() => world.stop());
    await world.start({ front: 3, back: 2 });
    const failures: Failure[] = [];
    const onFailure = (failure: Failure) => failures.push(failure);
    const share = fault.isThroughNginx ? perSecond / 2 : perSecond;
    const caller = await governed.startCaller(share, onFailure);
    const ending = new AbortController();
    stops.push(async () => ending.abort());
    const byNginx = fault.isThroughNginx ? [throughNginx(governed.entry, perSecond - share)] : [];
    const viaNginx = runFlows(byNginx, ending.signal, onFailure);
    await delay(POLICY.spec.warmup ? 3000 : 0);
    const [one] = world.instances.front;
    if (!one) throw new Error('there is no front');
    const early = failures.length;
    const before = (await one.tell({})).served;
    const limit = await fault.run({ world, governed, one, failures });
    const after = await one.tell({}).catch(() => undefined);
    await delay(LEDGER_LAG_MS);
    const ledger = await failedByLedger(governed.client);
    ending.abort();
    const counts: Count[] = [...Object.values(await viaNginx), ...Object.values(await caller.end())];
    return {
      name: fault.name,
      allowed: fault.allowed,
      sent: counts.reduce((sum, { sent }) => sum + sent, 0),
      limit,
      failures: failures.slice(early),
      ledger,
      note: after ? `the instance got ${after.served - before} requests meanwhile` : 'the instance is gone',
    };
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}

/** What callers of the front lost, in rollouts and outside. */
async function failedByLedger(client: Client): Promise<number> {
  const { items, outside } = await client.losses({ service: `${NAMESPACE}/front` });
  return items.reduce((sum, { failed }) => sum + failed, outside.failed);
}
