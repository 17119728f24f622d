import { expect, it } from 'vitest';
import { type DispatchHeaders, editedHeaders, headerIn, headerPairs, replayable, targetOf } from './dispatch-option.ts';

const forms: [string, () => DispatchHeaders][] = [
  ['a flat list', () => ['A', '1', 'b', '2']],
  [
    'pairs',
    () => [
      ['A', '1'],
      ['b', '2'],
    ],
  ],
  ['an object', () => ({ A: '1', b: '2' })],
  [
    'a map',
    () =>
      new Map([
        ['A', '1'],
        ['b', '2'],
      ]),
  ],
  [
    'an iterator',
    () =>
      new Map([
        ['A', '1'],
        ['b', '2'],
      ]).entries(),
  ],
];

it.each(forms)('headers as %s are read and changed', (_, make) => {
  const headers = replayable({ headers: make() }).headers;
  for (let times = 0; times < 2; times++) expect(headerIn(headerPairs(headers), 'a')).toBe('1');
  expect(
    editedHeaders(headers, [
      ['a', '3'],
      ['c', '4'],
      ['b', null],
    ]),
  ).toEqual(['a', '3', 'c', '4']);
  expect(editedHeaders(headers, [])).toBe(headers);
});

it('headers may be absent, or lists', () => {
  expect(headerPairs(undefined)).toEqual([]);
  expect(headerIn([['a', ['1', '2']]], 'a')).toBe('1, 2');
});

it.each([
  [{ path: '/a', query: { b: 1, c: ['2', '3'] } }, '/a?b=1&c=2&c=3'],
  [{ path: '/a?b=c' }, '/a?b=c'],
  [{}, '/'],
])('%j goes to %s', (options, target) => {
  expect(targetOf(options)).toBe(target);
});
