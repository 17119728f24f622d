import type { Condition } from '@fairway/model';
import { expect, it } from 'vitest';
import { conditionText, entryText } from './condition-text.ts';

it.each<[Condition, string]>([
  [{ header: 'x-tier', exact: 'gold' }, 'header x-tier = gold'],
  [{ cookie: 'user', exists: true }, 'cookie user is there'],
  [{ query: 'v', in: ['1', '2', '3', '4', '5', '6', '7'] }, 'query v in 1, 2, 3, 4, 5 and 2 more'],
  [{ path: { prefix: '/api', not: { suffix: '.css' } } }, 'path starts with /api and not ends with .css'],
  [{ header: 'x-id', range: [1, 5] }, 'header x-id from 1 to 5'],
  [{ header: 'x-id', range: { max: 5 } }, 'header x-id from any to 5'],
  [{ header: 'x-id', mod: { divisor: 100, below: 5 } }, 'header x-id modulo 100 below 5'],
  [{ header: 'x-id', not: { exact: '1' } }, 'header x-id not = 1'],
  [{ not: { method: { exact: 'GET' } } }, 'not (method = GET)'],
  [
    { all: [{ host: { exact: 'a' } }, { any: [{ caller: { exact: 'b' } }, { clientIp: { exact: '::1' } }] }] },
    'host = a and (caller = b or clientIp = ::1)',
  ],
  [{ all: [] }, 'always'],
  [{ any: [] }, 'never'],
])('%j', (condition, text) => {
  expect(conditionText(condition)).toBe(text);
});

it('tells whom an entry rule lets in', () => {
  expect(entryText({ services: ['web'] }, 'gray')).toBe('web: all');
  expect(entryText({ services: ['web', 'app'], percent: 2.5, stickyBy: { header: 'x-user' } }, 'gray')).toBe(
    'web, app: 2.5% by header x-user',
  );
  expect(entryText({ services: ['web'], header: { name: 'x-env' }, match: { path: { exact: '/' } } }, 'gray')).toBe(
    'web: all, if header x-env = gray and path = /',
  );
});
