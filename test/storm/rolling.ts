import { startBare } from './bare.ts';
import { startGoverned } from './governed.ts';
import type { ServiceName } from './instance.ts';
import { type Count, type Failure, runFlows } from './load.ts';
import { direct, throughNginx } from './traffic.ts';
import { type Governance, World } from './world.ts';

/** What a run is. */
export interface RollingOptions {
  /** Rolling replacements: in each, every instance of one service is replaced. */
  readonly replacements: number;
  readonly perSecond: number;
  readonly isGoverned: boolean;
  /** Those in which the control plane is killed, and started again after the next. */
  readonly outages: ReadonlySet<number>;
  readonly dice: () => number;
  tell(text: string): void;
}

export interface RollingResult {
  readonly flows: Readonly<Record<string, Count>>;
  readonly failures: readonly Failure[];
  readonly instancesReplaced: number;
  readonly seconds: number;
  /** How long instances took to leave. */
  readonly leaveMs: readonly number[];
}

const COPIES = { front: 2, back: 2 };
/** Updates reach callers up to so much later. */
const MAX_LAG_MS = 1000;

type Stops = (() => Promise<unknown>)[];

/** Replaces instances under load, again and again, and counts what the callers lost. */
export async function runRolling(options: RollingOptions): Promise<RollingResult> {
  const stops: Stops = [];
  try {
    return await run(options, stops);
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}

async function run(options: RollingOptions, stops: Stops): Promise<RollingResult> {
  const { perSecond, isGoverned } = options;
  const governed = isGoverned ? await startGoverned([], stops) : undefined;
  const governance: Governance = governed ?? (await startBare(stops));
  const world = new World(governance);
  stops.push(() => world.stop());
  await world.start(COPIES);

  const failures: Failure[] = [];
  const onFailure = (failure: Failure) => failures.push(failure);
  const caller = await governed?.startCaller(perSecond / 2, onFailure);
  const ending = new AbortController();
  stops.push(async () => ending.abort());
  const own = [
    throughNginx(governance.entry, perSecond / 4),
    ...direct(world, caller ? perSecond / 4 : (perSecond * 3) / 4),
  ];
  const startMs = performance.now();
  const sent = runFlows(own, ending.signal, onFailure);
  const leaveMs: number[] = [];
  for (let n = 0; n < options.replacements; n++) {
    const lagMs = Math.round(options.dice() * MAX_LAG_MS);
    world.lagMs = lagMs;
    governed?.lag.set(lagMs);
    const service: ServiceName = n % 2 === 0 ? 'front' : 'back';
    const outage = governed && options.outages.has(n) ? governed.controlPlane : undefined;
    options.tell(
      `replacement ${n + 1} of ${options.replacements}: ${service}, lag ${lagMs} ms, lost so far ${failures.length}`,
    );
    leaveMs.push(...(await (outage ? rollThroughOutage(world, service, outage) : world.roll(service))));
  }
  ending.abort();
  const direct_ = await sent;
  const called = await caller?.end();
  const flows = { ...direct_, ...named(called ?? {}) };
  return {
    flows,
    failures,
    instancesReplaced: leaveMs.length,
    seconds: (performance.now() - startMs) / 1000,
    leaveMs,
  };
}

function named(counts: Record<string, Count>): Record<string, Count> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`agent, ${name}`, count]));
}

/** A new instance is there already, the control plane dies, the old one leaves without it, and the rest goes on when it is back. */
async function rollThroughOutage(
  world: World,
  service: ServiceName,
  controlPlane: { kill(): Promise<void>; restart(): Promise<void> },
): Promise<number[]> {
  const [first, ...others] = [...world.instances[service]];
  if (!first) return [];
  await world.add(service);
  await controlPlane.kill();
  const tookMs = [await world.remove(first)];
  await controlPlane.restart();
  for (const old of others) {
    await world.add(service);
    tookMs.push(await world.remove(old));
  }
  return tookMs;
}
