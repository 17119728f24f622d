import type { Update } from '@fairway/model';
import { isUpdate } from '@fairway/model/update';
import { describe, expect, it } from 'vitest';
import { createDirectory, MAX_ADDRESSES } from './directory.ts';

const instance = (id: string, service: string) =>
  ({ id, service, host: '10.0.0.1', ports: [80], state: 'ready' }) as const satisfies object;

function update(part: Partial<Update> & { revision: number }): Update {
  const none = { set: [], removed: [] };
  return {
    version: 1,
    epoch: 'e',
    full: false,
    namespace: 'shop',
    resources: none,
    instances: none,
    addresses: {},
    ...part,
  };
}

const lane = {
  apiVersion: 'fairway.dev/v1',
  kind: 'Lane',
  metadata: { name: 'gray', namespace: 'shop' },
  spec: {},
} as const;
const first = update({
  revision: 1,
  full: true,
  resources: { set: [lane], removed: [] },
  instances: { set: [instance('a', 'shop/order'), instance('b', 'shop/order')], removed: [] as string[] } as never,
  addresses: { 'order:80': 'shop/order', 'x:80': null },
});

describe('a directory', () => {
  it('weighs what it knows, whatever the way that led there, and nothing once it is cleared', () => {
    const directory = createDirectory('shop');
    expect(directory.bytes).toBe(0);
    directory.apply(first);
    const { bytes } = directory;
    expect(bytes).toBeGreaterThan(3 * JSON.stringify(lane).length);
    directory.apply(
      update({
        revision: 2,
        resources: { set: [lane], removed: [] },
        instances: { set: [instance('a', 'shop/pay'), instance('c', 'shop/order')] as never, removed: ['b'] },
      }),
    );
    directory.apply(
      update({
        revision: 3,
        instances: { set: [instance('a', 'shop/order'), instance('b', 'shop/order')] as never, removed: ['c', 'x'] },
      }),
    );
    expect(directory.bytes).toBe(bytes);
    directory.clear();
    expect([directory.bytes, directory.position, directory.apply(update({ revision: 4 }))]).toEqual([
      0,
      undefined,
      undefined,
    ]);
  });

  it('needs a full update first, of the same epoch, and none that is older', () => {
    const directory = createDirectory('shop');
    expect(directory.apply(update({ revision: 1 }))).toBeUndefined();
    expect(directory.apply(first)).toBeDefined();
    expect(directory.apply(update({ revision: 0 }))).toBeUndefined();
    expect(directory.apply(update({ revision: 2, epoch: 'other' }))).toBeUndefined();
    expect(directory.apply(update({ revision: 1 }))).toBeDefined();
    expect(directory.apply({ ...first, epoch: 'other', revision: 0 })).toBeDefined();
    expect(directory.position).toBe('other.0');
  });

  it('tells what a delta changed', () => {
    const directory = createDirectory('shop');
    directory.apply(first);
    const moved = update({
      revision: 2,
      instances: { set: [{ ...instance('b', 'shop/pay'), ports: [80] }], removed: ['a'] },
    });
    expect(directory.apply(moved)).toEqual({
      rules: false,
      services: new Set(['shop/order', 'shop/pay']),
      addresses: [],
    });
    expect([...directory.instancesOf('shop/order')]).toEqual([]);
    expect([...directory.instancesOf('shop/pay')].map(({ id }) => id)).toEqual(['b']);
    expect(directory.apply(update({ revision: 3, resources: { set: [], removed: ['shop/Lane/gray'] } }))?.rules).toBe(
      true,
    );
    expect([...directory.resources]).toEqual([]);
  });

  it('is replaced by a full update', () => {
    const directory = createDirectory('shop');
    directory.apply(first);
    expect(directory.apply(update({ revision: 9, full: true }))?.services).toEqual(new Set(['shop/order']));
    expect(directory.serviceAt('order:80')).toBeUndefined();
    expect([...directory.resources, ...directory.services]).toEqual([]);
  });

  it('gives itself as one full update', () => {
    const directory = createDirectory('shop');
    expect(directory.snapshot()).toBeUndefined();
    directory.apply(first);
    const snapshot = directory.snapshot();
    expect(snapshot).toEqual(first);
    expect(isUpdate(snapshot)).toBe(true);
  });

  it('forgets addresses that mean nothing before those that mean a service', () => {
    const directory = createDirectory('shop');
    directory.apply(first);
    const many = Array.from({ length: MAX_ADDRESSES }, (_, i) => [`stranger-${i}:80`, null] as const);
    directory.apply(update({ revision: 2, addresses: Object.fromEntries(many) }));
    expect([...directory.addresses]).toHaveLength(MAX_ADDRESSES);
    expect(['order:80', 'x:80', 'stranger-0:80'].map((address) => directory.serviceAt(address))).toEqual([
      'shop/order',
      undefined,
      undefined,
    ]);
  });
});
