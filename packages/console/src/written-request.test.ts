import { expect, it } from 'vitest';
import { requestOf } from './written-request.ts';

it('a typed request has the headers of its lines', () => {
  expect(requestOf('', '/a', 'x-user: anna\n nonsense\nX-B :  c: d ')).toEqual({
    url: '/a',
    headers: { 'x-user': 'anna', 'X-B': 'c: d' },
  });
});
