import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Endpoints, endpointOf } from './endpoint.ts';

it.each([
  ['/', '/'],
  ['/orders/17/lines/3', '/orders/:id/lines/:id'],
  ['/v1/users/9f86d081/avatar', '/v1/users/:id/avatar'],
  ['/v2/api', '/v2/api'],
  ['/u/3b241101-e2bb-4255-8caf-4136c566a962', '/u/:id'],
  ['/shop.Orders/Get', '/shop.Orders/Get'],
  ['/faded/decade', '/faded/decade'],
  ['/t/eyJhbGciOiJIUzI1NiIsInR5c', '/t/:id'],
  ['/files/a%20b', '/files/:id'],
  ['/<b>/"x"', '/<b>/"x"'],
  ['/naïve', '/:id'],
  [`/${'x'.repeat(41)}`, '/:id'],
  [`/${'long-name/'.repeat(13)}`, `/${'long-name/'.repeat(12)}*`],
  [`/${`${'x'.repeat(30)}/`.repeat(5)}`, 'other'],
  ['', 'other'],
])('the endpoint of %s is %s', (path, endpoint) => {
  expect(endpointOf(path)).toBe(endpoint);
});

it('an endpoint is printable, short, and its own endpoint', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.string({ unit: 'binary' }), (path, rubbish) => {
      for (const text of [path, `/${rubbish}`]) {
        const endpoint = endpointOf(text);
        expect(endpoint).toMatch(/^[\x21-\x7e]{1,128}$/);
        expect(endpointOf(endpoint)).toBe(endpoint);
      }
    }),
  );
});

it('a URL has the endpoint of its path, seen before or not', () => {
  const endpoints = new Endpoints();
  for (const url of ['/a/1?b=2', '/a/1', '/a/1#c', 'http://order:80/a/1?x=/y/', '/a/1?b=2']) {
    expect(endpoints.of(url)).toBe('/a/:id');
  }
  for (let at = 0; at < 5_000; at++) expect(endpoints.of(`/a/${at}`)).toBe('/a/:id');
  expect(endpoints.of('*')).toBe('*');
});
