// What reports of a fleet cost the control plane: reading, checking and merging them, and telling the topology each second.
// Prints processor time of one report, the share of a core that the fleet's reports take, and memory. `--json` for machines.
import { check, type EdgeCount, Latencies, type TrafficReport } from '@fairway/model';
import { TrafficRollup } from './traffic-rollup.ts';

const AGENTS = 2_000;
const EVERY_MS = 5_000;
const SERVICES = 100;
const EDGES = 20;
const MINUTES = 3;
const NOW = 1_800_000_000_000;
const US_A_MS = 1_000;
const BYTES_A_MIB = 1024 * 1024;

let seed = 1;
function dice(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x80000000;
}

function latency(): EdgeCount['latency'] {
  const latencies = new Latencies();
  for (let at = 0; at < 100; at++) latencies.add(2 + 30 * dice() ** 4);
  return { sumMs: 500, buckets: latencies.pairs() };
}

/** Agent `n`: it calls four services, five instances or endpoints of each, in two lanes. */
function reportOf(n: number, seq: number): string {
  const counts = { outcomes: { '2xx': 99, '5xx': 1 }, latency: latency() };
  const edges = Array.from({ length: EDGES }, (_, at) => ({
    ...counts,
    service: `shop/s${(n + 1 + (at % 4)) % SERVICES}`,
    instance: `s${(n + 1 + (at % 4)) % SERVICES}-${at}`,
    instanceLane: at % 5 === 0 ? 'gray' : '',
    lane: at % 5 === 0 ? 'gray' : '',
    endpoint: `/e${at % 5}/:id`,
    reason: at % 5 === 0 ? 'lane' : 'base',
    retried: 0,
  }));
  const inbound = Array.from({ length: 4 }, (_, at) => ({
    ...counts,
    lane: at === 0 ? 'gray' : '',
    endpoint: `/e${at}/:id`,
  }));
  const rest = { spanMs: EVERY_MS, agoMs: 0, inFlight: {}, lostReports: 0, overflowed: 0 };
  return JSON.stringify({ version: 1, instance: `s${n % SERVICES}-${n}`, seq, edges, inbound, ...rest });
}

const rollup = new TrafficRollup();
const before = process.memoryUsage().heapUsed;
const texts = Array.from({ length: AGENTS }, (_, n) => reportOf(n, 1));
let spentUs = 0;
let reports = 0;
for (let atMs = 0; atMs < MINUTES * 60_000; atMs += EVERY_MS) {
  const begun = process.cpuUsage();
  for (const [n, text] of texts.entries()) {
    const report = JSON.parse(text) as TrafficReport;
    if (check('TrafficReport', report).length > 0) throw new Error('not a report');
    const nowMs = NOW + atMs + (n * EVERY_MS) / AGENTS;
    rollup.add({ ...report, seq: atMs + 1 }, `shop/s${n % SERVICES}`, nowMs);
    reports++;
  }
  const { user, system } = process.cpuUsage(begun);
  spentUs += user + system;
}
const endMs = NOW + MINUTES * 60_000;
const begun = process.cpuUsage();
const edges = rollup.edges({ fromMs: endMs - 60_000, toMs: endMs }, {}).length;
const { user, system } = process.cpuUsage(begun);
const result = {
  agents: AGENTS,
  edgesAReport: EDGES,
  usAReport: Math.round(spentUs / reports),
  shareOfCore: Number(((spentUs / reports / US_A_MS / EVERY_MS) * AGENTS).toFixed(3)),
  edges,
  topologyMs: Math.round((user + system) / US_A_MS),
  heapMiB: Math.round((process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before) / BYTES_A_MIB),
};
console.log(process.argv.includes('--json') ? JSON.stringify(result) : result);
