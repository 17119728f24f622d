import { describe, expect, it } from 'vitest';
import { answered, emptySubscription, forgetting, surplus } from './subscription.ts';

const subscription = answered(
  emptySubscription('shop'),
  new Map([
    ['a:80', 'shop/a'],
    ['b:80', null],
    ['c:80', 'shop/c'],
    ['d:80', null],
  ]),
  7,
);

describe('a subscription', () => {
  it('follows a service from the revision at which it was first meant', () => {
    const later = answered(subscription, new Map([['a2:80', 'shop/a']]), 9);
    expect([...later.services]).toEqual([
      ['shop/a', 7],
      ['shop/c', 7],
    ]);
    expect(later.addresses.get('a2:80')).toEqual({ service: 'shop/a', revision: 9 });
    expect(subscription.addresses.has('a2:80')).toBe(false);
  });

  it.each([
    [9, []],
    [4, []],
    [3, ['b:80']],
    [2, ['b:80', 'd:80']],
    [1, ['b:80', 'd:80', 'a:80']],
    [-1, ['b:80', 'd:80', 'a:80', 'c:80']],
  ])('cut down to %i forgets %j', (max, expected) => {
    expect(surplus(subscription, max)).toEqual(expected);
    const left = forgetting(subscription, expected);
    expect(left.addresses.size).toBe(4 - expected.length);
    expect(left.services).toEqual(subscription.services);
  });
});
