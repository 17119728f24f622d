import type { Resource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { policyOf } from './policy.ts';
import { compileRules } from './rules.ts';

function policy(namespace: string, name: string, services: '*' | string[], attempts: number): Resource {
  const spec = { services, failover: { attempts } };
  return { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata: { name, namespace }, spec };
}

describe('attempts after a refused connection', () => {
  const rules = compileRules('shop', [
    policy('shop', 'all', '*', 5),
    policy('shop', 'one', ['order', 'bank/desk'], 1),
    policy('bank', 'all', '*', 0),
  ]);

  it.each([
    ['by a policy that names the service', 'shop/order', 1],
    ['by one for all of its namespace', 'shop/stock', 5],
    ['by one that names a service of another namespace', 'bank/desk', 1],
    ['by the one for all there, which says nothing of other namespaces', 'bank/vault', 0],
    ['by default', 'mail/post', 2],
  ])('%s', (_, service, attempts) => expect(policyOf(rules.policies, service).failover.attempts).toBe(attempts));
});

it('a resource that does not compile is left out and told, and leaves the others in force', () => {
  const lane = (name: string, match: object) =>
    ({
      apiVersion: 'fairway.dev/v1',
      kind: 'Lane',
      metadata: { name, namespace: 'shop' },
      spec: { strict: true, entry: [{ services: ['web'], match }] },
    }) as unknown as Resource;
  const rules = compileRules('shop', [
    lane('bad', { header: 'x', regex: '(' }),
    lane('good', { header: 'x', exact: 'y' }),
  ]);
  expect([...rules.problems.keys()]).toEqual(['shop/Lane/bad']);
  expect(rules.lanes.get('bad')?.strict).toBe(true);
  expect(rules.entries.get('shop/web')).toHaveLength(1);
});
