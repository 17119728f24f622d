import type { Resource } from '@fairway/model';
import type { Fleet } from './fleet.ts';
import { SlowReader } from './slow-reader.ts';
import { NAMESPACE, registrationOf } from './world.ts';

/** In milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The distribution of a list that is not empty. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** How a change reaches those whom it concerns, from the moment at which it was asked for. */
export interface ChangeResult {
  /** Agents that it concerns. */
  readonly agents: number;
  readonly answeredMs: Spread;
  readonly appliedMs: Spread;
  readonly acknowledgedMs: Spread;
}

type Sightings = Awaited<ReturnType<Fleet['spread']>>;

function changeResult(runs: readonly Sightings[]): ChangeResult {
  return {
    agents: Math.max(...runs.map(({ appliedMs }) => appliedMs.length)),
    answeredMs: spreadOf(runs.map(({ answeredMs }) => answeredMs)),
    appliedMs: spreadOf(runs.flatMap(({ appliedMs }) => appliedMs)),
    acknowledgedMs: spreadOf(runs.flatMap(({ acknowledgedMs }) => acknowledgedMs)),
  };
}

function lane(namespace: string, annotations: Record<string, string>): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name: 'gray', namespace, annotations }, spec: {} };
}

/** A rule that concerns all agents is changed again and again. */
export async function changeRules(fleet: Fleet, times: number): Promise<ChangeResult> {
  const runs: Sightings[] = [];
  for (let n = 0; n < times; n++) {
    const annotation = `change-${n}`;
    runs.push(await fleet.spread({ annotation }, () => fleet.client.apply([lane(NAMESPACE, { mark: annotation })])));
  }
  return changeResult(runs);
}

/** An instance of one service joins, and leaves again; its callers are told. */
export async function joinAndLeave(
  fleet: Fleet,
  n: number,
  times: number,
): Promise<Record<'join' | 'leave', ChangeResult>> {
  const { id, service } = registrationOf(n, fleet.world).instance;
  const joins: Sightings[] = [];
  const leaves: Sightings[] = [];
  for (let time = 0; time < times; time++) {
    joins.push(await fleet.spread({ joined: id }, () => fleet.one('join', n), service));
    leaves.push(await fleet.spread({ left: id }, () => fleet.one('leave', n), service));
  }
  return { join: changeResult(joins), leave: changeResult(leaves) };
}

/** What agents that do not read cost, and what becomes of them. */
export interface SlowResult {
  readonly readers: number;
  /** What was written for each of them while none read. */
  readonly changes: number;
  readonly changedBytes: number;
  /** Memory that the server holds more, for each of them. */
  readonly heldBytes: number;
  /** Updates, and bytes, that each read in the end to know everything, at most. */
  readonly updates: number;
  readonly readBytes: number;
}

const SLOW = 'slow';
/** Annotations that make a rule large: 256 KiB of them. */
const NOTES = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`note-${n}`, 'x'.repeat(4_096)]));
const CHANGE_BYTES = 64 * 4_096;

/** Some agents of another namespace stop reading while its rules are changed, then read again. */
export async function readSlowly(fleet: Fleet, count: number, changes: number): Promise<SlowResult> {
  const token = await fleet.agentToken(SLOW);
  const before = await fleet.usage();
  const readers = await Promise.all(
    Array.from({ length: count }, (_, n) => SlowReader.open(new URL(fleet.url), token, SLOW, `slow-${n}`)),
  );
  for (let n = 1; n <= changes; n++) {
    await fleet.client.apply([lane(SLOW, { mark: `mark-${n}-`, ...NOTES })]);
  }
  const { heldBytes } = await fleet.usage();
  await Promise.all(readers.map((reader) => reader.readUntil(`mark-${changes}-`)));
  for (const reader of readers) reader.end();
  return {
    readers: count,
    changes,
    changedBytes: changes * CHANGE_BYTES,
    heldBytes: (heldBytes - before.heldBytes) / count,
    updates: Math.max(...readers.map(({ updates }) => updates)),
    readBytes: Math.max(...readers.map(({ bytes }) => bytes)),
  };
}
