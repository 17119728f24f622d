// A fleet and its callers on a virtual clock. Development only: nothing but tests imports it.
import type { Resource } from '@fairway/model';
import type { Dice } from '../request-view.ts';
import { compileRules, type Rules } from '../rules.ts';
import { seededDice } from '../traffic/virtual-caller.ts';
import { EventQueue } from './event-queue.ts';
import { Fleet } from './fleet.ts';
import { SimulatedCaller, type Tally } from './simulated-caller.ts';

const TROUBLE_MS = 90_000;
/** Longer than any drain, ejection and warm-up of these worlds. */
const QUIET_MS = 120_000;
/** After the last call: estimates of latency are forgotten, so that shares are those of the weights alone. */
const SILENCE_MS = 20_000;
const PICKS = 2000;
const ALGORITHMS = ['p2c', 'roundRobin', 'random'];

/** How much there is of everything. */
export interface Size {
  readonly services: number;
  readonly callers: number;
  readonly instances: number;
  readonly disturbances: number;
  readonly callsPerSecond: number;
}

function rulesOf(dice: Dice): Rules {
  const policy = {
    kind: 'Policy',
    metadata: { name: 'p', namespace: 'shop' },
    spec: {
      services: '*',
      warmup: { duration: `${1 + Math.floor(dice() * 20)}s`, curve: 1 + dice() * 3 },
      outlier: {
        consecutive: 2 + Math.floor(dice() * 4),
        interval: '5s',
        baseEjection: `${1 + Math.floor(dice() * 5)}s`,
        maxEjection: '15s',
        maxEjected: Math.floor(dice() * 101),
        probes: 1 + Math.floor(dice() * 3),
      },
      balance: { algorithm: ALGORITHMS[Math.floor(dice() * ALGORITHMS.length)] },
    },
  };
  const lane = { kind: 'Lane', metadata: { name: 'gray', namespace: 'shop' }, spec: {} };
  return compileRules('shop', [policy, lane].map((one) => ({ apiVersion: 'fairway.dev/v1', ...one })) as Resource[]);
}

/** Calls at random moments, until a time. */
function keepCalling(caller: SimulatedCaller, queue: EventQueue, dice: Dice, perSecond: number, endMs: number): void {
  const next = () => {
    if (queue.nowMs > endMs) return;
    caller.call(dice() < 0.3 ? 'gray' : '', 1 + dice() * 20);
    queue.after((dice() * 2000) / perSecond, next);
  };
  next();
}

function disturbAtRandom(fleet: Fleet, queue: EventQueue, dice: Dice, times: number): void {
  for (let i = 0; i < times; i++) queue.after(dice() * TROUBLE_MS, () => fleet.disturb());
}

/** Instances of base have the same share of base calls, long after the last change. */
function checkShares(caller: SimulatedCaller, fleet: Fleet): void {
  const base = fleet.instances().filter(({ lane, state }) => lane === '' && state === 'ready');
  const counts = new Map<string | undefined, number>();
  for (let i = 0; i < PICKS; i++) {
    const id = caller.call('', 0);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const mean = PICKS / base.length;
  for (const { id } of base) {
    const count = counts.get(id) ?? 0;
    if (Math.abs(count - mean) > 6 * Math.sqrt(mean) + 1) throw new Error(`${id} took ${count}, the mean is ${mean}`);
  }
}

/**
 * Lets a fleet live through trouble, then through quiet.
 *
 * @throws Error when a call goes to an instance whose drain its caller had acknowledged, more are out than may be, or, after
 * the quiet, a caller knows of another fleet than there is, holds one for sick, or does not share evenly.
 */
export function simulate(seed: number, size: Size): Tally {
  const dice = seededDice(seed);
  const queue = new EventQueue();
  const rules = rulesOf(dice);
  const fleets = Array.from({ length: size.services }, (_, i) => new Fleet(`shop/s${i}`, size.instances, queue, dice));
  const callers = fleets.flatMap((fleet) =>
    Array.from({ length: size.callers }, () => ({ fleet, caller: new SimulatedCaller(fleet, rules, queue, dice) })),
  );
  for (const fleet of fleets) disturbAtRandom(fleet, queue, dice, size.disturbances);
  for (const { caller } of callers) {
    keepCalling(caller, queue, dice, size.callsPerSecond, TROUBLE_MS + QUIET_MS);
    for (let atMs = 3000; atMs < TROUBLE_MS + QUIET_MS; atMs += 3000) queue.after(atMs, () => caller.check());
  }
  queue.runUntil(TROUBLE_MS);
  for (const fleet of fleets) fleet.calm();
  queue.runUntil(TROUBLE_MS + QUIET_MS + SILENCE_MS);
  for (const { fleet, caller } of callers) {
    caller.checkConverged();
    checkShares(caller, fleet);
  }
  const sum = (of: keyof Tally) => callers.reduce((total, { caller }) => total + caller.tally[of], 0);
  return { calls: sum('calls'), ejected: sum('ejected') };
}
