import { DEFAULT_POLICY } from '@fairway/core';
import { expect, it } from 'vitest';
import { isKnown, type Leaving, listenedMs, mayClose } from './leaving.ts';

const quiet: Leaving = { sinceMs: 3000, quietMs: 1000, load: { requests: 0, streams: 0 }, callers: undefined };
const { offline } = DEFAULT_POLICY;

it.each<[string, Partial<Leaving>, boolean]>([
  ['nothing is under way, nothing came for a second, and all had their time', {}, true],
  ['a request came lately', { quietMs: 999 }, false],
  ['a request is under way', { load: { requests: 1, streams: 0 } }, false],
  ['a stream is, within its time', { load: { requests: 0, streams: 1 } }, false],
  ['a stream is, beyond its time', { load: { requests: 0, streams: 1 }, sinceMs: 10_000 }, true],
  ['a caller does not know', { callers: { all: 2, know: 1 } }, false],
  ['all callers know', { callers: { all: 2, know: 2 }, sinceMs: 1000 }, true],
  ['nobody can be asked, and it is early', { callers: { all: 0, know: 0 }, sinceMs: 1999 }, false],
  ['the longest wait is nearly over', { sinceMs: 29_000, quietMs: 0, callers: { all: 2, know: 1 } }, true],
])('may close: %s', (_, over, expected) => {
  expect(mayClose({ ...quiet, ...over }, offline)).toBe(expected);
  expect(isKnown(quiet)).toBe(true);
});

it('a process that did not listen for a while was not quiet meanwhile', () => {
  const looks = [25, 25, 5000, 25];
  expect(looks.reduce(listenedMs, 0)).toBe(175);
});
