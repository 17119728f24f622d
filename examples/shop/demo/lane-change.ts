import type { Lane } from '@fairway/model';
import type { Fleet } from './fleet.ts';
import { readResources } from './resource-file.ts';
import type { Switching } from './tally.ts';

/** How long a change took after the API had answered that it is made. */
export interface ChangeTiming {
  readonly change: string;
  /** Until all agents had said that they route by it. */
  readonly agentsMs: number;
  /** Until NGINX served by it. */
  readonly gatewayMs: number;
}

interface Step {
  readonly name: string;
  readonly enabled: boolean;
  readonly percent: number;
}

const ROUND: readonly Step[] = [
  { name: '30 %', enabled: true, percent: 30 },
  { name: 'off', enabled: false, percent: 30 },
  { name: 'on, 10 %', enabled: true, percent: 10 },
  { name: '60 %', enabled: true, percent: 60 },
];

/** Number of changes in {@link changeLane}. */
export const CHANGE_COUNT = 20;

const DEADLINE_MS = 10_000;

/**
 * Changes the canary's percentage and switches it off and on, {@link CHANGE_COUNT} times. Before each change `turn` is
 * awaited. The times during which the canary is being switched are kept in `switchings`. Ends at the first percentage.
 */
export async function changeLane(
  fleet: Fleet,
  turn: (change: number) => Promise<void>,
  switchings: Switching[],
): Promise<ChangeTiming[]> {
  const [lane] = (await readResources('lane-gray.yaml')) as [Lane];
  const timings: ChangeTiming[] = [];
  let enabled = true;
  for (let change = 0; change < CHANGE_COUNT; change += 1) {
    await turn(change);
    const step = ROUND[change % ROUND.length] as Step;
    const isSwitch = step.enabled !== enabled;
    enabled = step.enabled;
    if (isSwitch) switchings.push({ startMs: performance.now(), endMs: Number.POSITIVE_INFINITY });
    timings.push(await timedChange(fleet, lane, step));
    const last = switchings.at(-1);
    if (isSwitch && last) switchings[switchings.length - 1] = { ...last, endMs: performance.now() };
  }
  await timedChange(fleet, lane, { name: '10 %', enabled: true, percent: 10 });
  return timings;
}

async function timedChange(fleet: Fleet, lane: Lane, { name, enabled, percent }: Step): Promise<ChangeTiming> {
  const entry = (lane.spec.entry ?? []).map((rule) => ({ ...rule, percent }));
  const changed: Lane = { ...lane, spec: { ...lane.spec, enabled, entry } };
  const { revision } = await fleet.client.apply([changed], { reason: name });
  const answeredMs = performance.now();
  const sinceAnswer = () => performance.now() - answeredMs;
  const [agentsMs, gatewayMs] = await Promise.all([
    fleet.agentsAt(revision, DEADLINE_MS).then(sinceAnswer),
    fleet.gateway.servedAt(revision, DEADLINE_MS).then(sinceAnswer),
  ]);
  return { change: name, agentsMs, gatewayMs };
}
