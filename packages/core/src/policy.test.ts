import type { Policy } from '@fairway/model';
import { expect, it } from 'vitest';
import { compilePolicies, DEFAULT_POLICY, policyOf } from './policy.ts';

function policy(name: string, spec: Policy['spec']): Policy {
  return { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata: { name, namespace: 'shop' }, spec };
}

it('takes each section from the last policy that names the service, those for all giving way', () => {
  const book = compilePolicies([
    policy('a', { services: ['order'], failover: { attempts: 0 }, warmup: { duration: '90s', floor: 25 } }),
    policy('b', { services: ['order'], failover: { attempts: 1 } }),
    policy('c', { services: '*', failover: { attempts: 7 }, timeout: { request: '2s' } }),
  ]);
  expect(policyOf(book, 'shop/order')).toMatchObject({
    failover: { attempts: 1 },
    warmup: { durationMs: 90_000, curve: 2, floor: 0.25 },
    timeout: { requestMs: 2000 },
  });
  expect(policyOf(book, 'shop/stock').failover).toEqual({ attempts: 7 });
  expect(policyOf(book, 'other/order')).toBe(DEFAULT_POLICY);
});

it.each([
  [['5xx'], [500, 599], [499, 600]],
  [
    ['502-504', '429'],
    [429, 502, 504],
    [430, 501, 505],
  ],
  [[], [], [500]],
])('statuses %j', (statuses, those, others) => {
  const { outlier } = policyOf(
    compilePolicies([policy('a', { services: ['order'], outlier: { statuses } })]),
    'shop/order',
  );
  for (const status of those) expect(outlier.isFailure(status)).toBe(true);
  for (const status of others) expect(outlier.isFailure(status)).toBe(false);
});

it('reads where health is asked', () => {
  const at = (health: string) =>
    policyOf(compilePolicies([policy('a', { services: '*', lossless: { online: { health } } })]), 'shop/order').online;
  expect(at('/healthz').health).toEqual({ port: undefined, path: '/healthz' });
  expect(at(':9000/ok?full').health).toEqual({ port: 9000, path: '/ok?full' });
});
