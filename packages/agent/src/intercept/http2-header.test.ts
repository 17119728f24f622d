import { expect, it } from 'vitest';
import { editedBlock, StreamRequest } from './http2-header.ts';

const block = (...headers: (readonly [name: string, value: string, flag?: string])[]): [string, number] => [
  headers.map(([name, value, flag = '\0']) => `${name}\0${value}\0${flag}`).join(''),
  headers.length,
];

it('changes a block of headers, and what else is in it stays as it is', () => {
  const given = block(
    [':path', '/baggage'],
    ['baggage', 'a=b'],
    ['empty', ''],
    ['baggage', 'c=d'],
    ['token', 's', '\x01'],
  );
  const rest = [
    [':path', '/baggage'],
    ['empty', ''],
    ['token', 's', '\x01'],
  ] as const;
  expect(editedBlock(given, [])).toEqual(given);
  expect(editedBlock(given, [['baggage', null]])).toEqual(block(...rest));
  expect(
    editedBlock(given, [
      ['baggage', 'x=y'],
      ['x-fairway-lane', 'gray'],
      ['not-there', null],
    ]),
  ).toEqual(block(...rest, ['baggage', 'x=y'], ['x-fairway-lane', 'gray']));
});

it('keeps a header whose value or name ends like the name of one that is set', () => {
  const given = block(['other', 'x-fairway-lane'], ['own-x-fairway-lane', 'own']);
  expect(editedBlock(given, [['x-fairway-lane', 'gray']])).toEqual(
    block(['other', 'x-fairway-lane'], ['own-x-fairway-lane', 'own'], ['x-fairway-lane', 'gray']),
  );
});

it.each([
  { ':method': 'POST', ':path': '/a', 'X-User': ['anna', 'otto'], n: 7 },
  [':method', 'POST', ':path', '/a', 'X-User', 'anna', 'x-user', 'otto', 'n', 7],
])('reads a request in each form that Node.js takes', (headers) => {
  const request = new StreamRequest(headers, 'order:80');
  expect([request.method, request.url, request.header('x-user'), request.header('n')]).toEqual([
    'POST',
    '/a',
    'anna, otto',
    '7',
  ]);
  expect([request.header('host'), request.header('none')]).toEqual(['order:80', undefined]);
});

it('reads what Node.js makes of a request without headers', () => {
  for (const headers of [undefined, null, {}, []]) {
    const request = new StreamRequest(headers, 'order:80');
    expect([request.method, request.url, request.header('host')]).toEqual(['GET', '/', 'order:80']);
  }
  expect(new StreamRequest({ ':authority': 'a' }, 'order:80').header('host')).toBe('a');
});
