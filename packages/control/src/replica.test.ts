import { expect, it } from 'vitest';
import { LEASE_MS, moveOf, type Replica, type ReplicaSight } from './replica.ts';

const LONG_MS = 60_000;
const leader = (silentMs: number): Replica => ({ name: 'a', url: 'http://a', leads: true, silentMs });
const other: Replica = { name: 'b', url: 'http://b', leads: false, silentMs: 100 };
const writer = (name: string, idleMs = 0) => ({ name, idleMs });

it.each<[string, ReplicaSight, ReturnType<typeof moveOf>]>([
  ['there is a leader', { replicas: [leader(900), other], writer: writer('a'), steadyMs: LONG_MS }, 'follow'],
  [
    'its connection idles, and it says that it lives',
    { replicas: [leader(900)], writer: writer('a', LONG_MS), steadyMs: LONG_MS },
    'follow',
  ],
  ['it is silent at the limit', { replicas: [leader(LEASE_MS)], writer: writer('a'), steadyMs: LONG_MS }, 'follow'],
  ['it is silent beyond', { replicas: [leader(LEASE_MS + 1)], writer: writer('a'), steadyMs: LONG_MS }, 'depose'],
  ['nobody may write', { replicas: [leader(0), other], writer: undefined, steadyMs: LONG_MS }, 'stand'],
  [
    'nobody may write, and the database is just back',
    { replicas: [leader(LONG_MS)], writer: undefined, steadyMs: 100 },
    'wait',
  ],
  [
    'another takes over',
    { replicas: [leader(LONG_MS), other], writer: writer('b', 3_000), steadyMs: LONG_MS },
    'follow',
  ],
  [
    'another began to take over and stands still',
    { replicas: [leader(LONG_MS), other], writer: writer('b', 15_001), steadyMs: LONG_MS },
    'depose',
  ],
  ['the first of all takes over', { replicas: [], writer: writer('b'), steadyMs: LONG_MS }, 'follow'],
])('%s', (_, sight, move) => {
  expect(moveOf(sight)).toBe(move);
});
