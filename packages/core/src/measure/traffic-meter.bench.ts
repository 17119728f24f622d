// What it costs to measure one call and one request: nanoseconds of processor time as quartiles over batches. `--json` for machines.
import type { Instance } from '@fairway/model';
import { Peer } from '../traffic/peer.ts';
import { TrafficMeter } from './traffic-meter.ts';

const BATCH = 100_000;
const ROUNDS = 40;
const INSTANCES = 20;
const NS_A_US = 1000;

const peers = Array.from(
  { length: INSTANCES },
  (_, at) => new Peer({ id: `o-${at}`, service: 'shop/order', host: 'h', ports: [1], state: 'ready' } as Instance, 0),
);
const way = { lane: '', reason: 'base' };
const meter = new TrafficMeter();
const edges = meter.edgesTo('shop/order');

/** Paths as requests bring them: each a text of its own. */
function pathsOf(make: (at: number) => string): string[] {
  return Array.from({ length: BATCH }, (_, at) => Buffer.from(make(at)).toString('latin1'));
}

const kinds: Readonly<Record<string, () => string[]>> = {
  'the same path': () => pathsOf(() => '/orders/list'),
  'with a query': () => pathsOf((at) => `/orders/list?page=${at}`),
  'a path never seen': () => pathsOf((at) => `/orders/${at}/lines`),
};

const points: Readonly<Record<string, (path: string, at: number) => void>> = {
  call: (path, at) => edges.ended(peers[at % INSTANCES] as Peer, way, path, '2xx', 1 + (at % 50), 200, 3000),
  request: (path, at) => meter.inbound.ended('', path, '2xx', 1 + (at % 50)),
};

function quartiles(values: number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] as number);
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}

const results = Object.entries(points).flatMap(([point, count]) =>
  Object.entries(kinds).map(([kind, make]) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const paths = make();
      const begun = process.cpuUsage();
      for (let at = 0; at < BATCH; at++) count(paths[at] as string, at);
      const { user, system } = process.cpuUsage(begun);
      times.push(((user + system) * NS_A_US) / BATCH);
      meter.take();
    }
    return { point, kind, nanoseconds: quartiles(times.slice(ROUNDS / 4)) };
  }),
);
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else for (const { point, kind, nanoseconds } of results) console.log(point, kind, nanoseconds);
