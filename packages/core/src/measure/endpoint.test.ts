import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endpointOf } from './endpoint.ts';

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
  ['', '/'],
  ['*', '*'],
  ['/a/1?b=2', '/a/:id'],
  ['/a/b1#c/7', '/a/b1'],
  ['/a?b=/1/2', '/a'],
  ['http://order:80/a/1?x=/y/', '/a/:id'],
])('the endpoint of %s is %s', (url, endpoint) => {
  expect(endpointOf(url)).toBe(endpoint);
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
