import type { ComparedMetric, ComparedService } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { statsOf, Tally } from '../traffic/tally.ts';
import { withOrigins } from './origin.ts';

type Metric = ComparedMetric['metric'];

function service(name: string, requests: number, canary: number, over: Partial<ComparedMetric> = {}): ComparedService {
  const stats = statsOf(new Tally(), 1_000);
  const one = { metric: 'p50Ms' as Metric, canary, base: 50, confidence: 1, verdict: 'worse' as const, ...over };
  return { service: name, verdict: one.verdict, canary: { ...stats, requests }, base: stats, metrics: [one] };
}

/** Who is named, of each: calls are `from to count`. */
function origins(services: readonly ComparedService[], ...calls: string[]): Record<string, string | undefined> {
  const callers = new Map<string, Map<string, number>>();
  for (const [from = '', to = '', count] of calls.map((call) => call.split(' '))) {
    callers.set(to, (callers.get(to) ?? new Map()).set(from, Number(count)));
  }
  const traced = withOrigins(services, callers);
  return Object.fromEntries(traced.map(({ service: name, metrics: [metric] }) => [name, metric?.origin]));
}

describe('where it comes from that a service is worse', () => {
  it('is the service furthest down whose own difference makes up half of it', () => {
    const chain = [service('web', 100, 66), service('order', 100, 65), service('stock', 100, 60)];
    expect(origins(chain, 'web order 100', 'order stock 100')).toEqual({
      web: 'stock',
      order: 'stock',
      stock: undefined,
    });
  });

  it('is one that could not be judged itself', () => {
    const few = service('stock', 90, 61, { verdict: 'tooFew', confidence: 0.9 });
    expect(origins([service('order', 100, 65), few], 'order stock 90').order).toBe('stock');
  });

  it('is found by way of a service that the lane has not, whatever share of its calls that is', () => {
    const both = [service('order', 100, 65), service('stock', 200, 60)];
    expect(origins(both, 'order payment 100', 'web payment 100', 'payment stock 200').order).toBe('stock');
    expect(origins(both, 'order payment 10', 'web payment 190', 'payment stock 200').order).toBeUndefined();
  });

  it('counts how often it is called for a request', () => {
    const both = [service('order', 100, 60), service('stock', 400, 52, { verdict: 'fine' })];
    expect(origins(both, 'order stock 400').order).toBe('stock');
    expect(origins(both, 'order stock 100', 'web stock 300').order).toBeUndefined();
  });

  it('is the service itself where those that it calls are as ever, better, or not called', () => {
    const others = [service('stock', 100, 54), service('payment', 100, 20), service('mail', 100, 90)];
    const named = origins([service('order', 100, 65), ...others], 'order stock 100', 'order payment 100');
    expect(named.order).toBeUndefined();
  });

  it('is of the same metric, and asked of what is worse alone', () => {
    const slow = service('order', 100, 65);
    const failing = service('stock', 100, 0.5, { metric: 'errorShare', base: 0 });
    expect(origins([slow, failing], 'order stock 100').order).toBeUndefined();
    const fine = service('order', 100, 65, { verdict: 'fine' });
    expect(origins([fine, service('stock', 100, 65)], 'order stock 100').order).toBeUndefined();
  });

  it('is found though services call one another in a ring', () => {
    const ring = [service('a', 100, 65), service('b', 100, 65)];
    expect(origins(ring, 'a b 100', 'b a 100')).toEqual({ a: 'b', b: 'a' });
  });
});
