import { expect, it } from 'vitest';
import { DEADLINE_HEADER, deadlineHeader, deadlineOf, timeLeftMs } from './deadline.ts';
import { compilePolicies, DEFAULT_POLICY, policyOf } from './policy.ts';
import { backoffMs, isRetryable, mayRetry } from './retry.ts';
import { orderInstances, VirtualCaller } from './traffic/virtual-caller.ts';

const policy = {
  apiVersion: 'fairway.dev/v1' as const,
  kind: 'Policy' as const,
  metadata: { name: 'p', namespace: 'shop' },
  spec: { services: ['order'], retry: { attempts: 2 } },
};
const { retry } = policyOf(compilePolicies([policy]), 'shop/order');

it.each([
  ['GET', 503, 1, true],
  ['GET', 503, 2, true],
  ['GET', 503, 3, false],
  ['GET', undefined, 1, true],
  ['GET', 500, 1, false],
  ['POST', 503, 1, false],
])('%s that failed with %s at attempt %d: another attempt %s', (method, status, attempt, expected) => {
  expect(isRetryable(retry, { method, status, attempt })).toBe(expected);
});

it('nothing is tried again unless a policy says so', () => {
  expect(isRetryable(DEFAULT_POLICY.retry, { method: 'GET', status: 503, attempt: 1 })).toBe(false);
});

it.each([
  [0, 0, true],
  [0, 2, true],
  [0, 3, false],
  [100, 19, true],
  [100, 20, false],
])(
  'budget of 20 percent and 3: with %d calls under way and %d retries, one more %s',
  (underWay, retrying, expected) => {
    expect(mayRetry({ share: 0.2, floor: 3 }, underWay, retrying)).toBe(expected);
  },
);

it('the budget counts what is under way', () => {
  const { traffic } = new VirtualCaller(orderInstances(1));
  const set = traffic.table(0).onPort(8080)?.ofLane('');
  const [instance] = set?.instances ?? [];
  if (!set || !instance) throw new Error('no instance');
  const flights = Array.from({ length: 3 }, () => traffic.begin(instance, set, 0, true));
  expect(traffic.mayRetry()).toBe(false);
  flights[0]?.ended();
  flights[0]?.ended();
  expect(traffic.mayRetry()).toBe(true);
});

it.each([
  [1, 0, 0],
  [1, 0.5, 12.5],
  [2, 0.5, 25],
  [9, 0.999, 249.75],
])('before retry %d a draw of %d waits %d ms', (count, roll, expected) => {
  expect(backoffMs(retry, count, roll)).toBeCloseTo(expected, 6);
});

const limits = { requestMs: 2000, passesDeadline: true };

it.each([
  [limits, undefined, 2000],
  [limits, 1500, 500],
  [limits, 900, 0],
  [limits, 9000, 2000],
  [{ ...limits, requestMs: undefined }, undefined, undefined],
  [{ ...limits, requestMs: undefined }, 1500, 500],
  [{ ...limits, passesDeadline: false }, 1500, 2000],
])('%j with a deadline at %s leaves %s ms', (timeout, deadlineAtMs, expected) => {
  expect(timeLeftMs(timeout, deadlineAtMs, 1000)).toBe(expected);
});

it('passes a deadline on as what is left', () => {
  expect(DEADLINE_HEADER).toBe('x-fairway-timeout-ms');
  expect(deadlineHeader(limits, 499.7)).toBe('499');
  expect(deadlineOf('499', 1000)).toBe(1499);
  expect(deadlineHeader(limits, undefined)).toBeUndefined();
  expect(deadlineHeader({ ...limits, passesDeadline: false }, 100)).toBeUndefined();
});

it.each([undefined, '', '-1', '1.5', 'soon', '999999999'])('%j is no deadline', (header) => {
  expect(deadlineOf(header, 0)).toBeUndefined();
});
