import type { Instance } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { AddressBook } from './address-book.ts';
import { Directory } from './directory.ts';
import { addressesOf } from './instance-index.ts';
import { Journal } from './journal.ts';

const CYCLES = 10_000;
const CAPACITY = 64;

function instance(n: number): Instance {
  const host = `10.0.${n >> 8}.${n & 255}`;
  return { id: `i${n}`, service: 'shop/order', host, ports: [8080], state: 'ready' };
}

describe('10,000 starts and stops of instances', () => {
  it('leave nothing behind', () => {
    const directory = new Directory();
    const journal = new Journal(CAPACITY);
    const { instances } = directory;
    const book = new AddressBook({
      resolve: (_namespace, address) => instances.serviceAt(address) ?? null,
      names: (_namespace, address) => [address],
    });
    let nowMs = 0;
    for (let n = 0; n < CYCLES; n++) {
      const own = instance(n);
      nowMs += 20_000;
      journal.append(directory.register(own, nowMs));
      journal.append(directory.open(own.id, n, nowMs));
      for (const address of [...addressesOf(own), 'order:8080']) book.watch(own.id, 'shop', address);
      journal.append(n % 2 ? directory.setState(own.id, 'gone', nowMs) : directory.close(own.id, n, nowMs));
      journal.append(directory.tick(nowMs + 15_000));
      book.unwatch(own.id);
    }
    expect([...instances.all()]).toEqual([]);
    expect(instances.of('shop/order')).toEqual([]);
    expect(directory.preservation()).toEqual({ sinceMs: null, connected: 0, lost: 0 });
    expect(directory.tick(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(book.size).toBe(0);
    for (let n = 0; n < CYCLES; n++) {
      expect(directory.lease(`i${n}`)).toBeUndefined();
      for (const address of addressesOf(instance(n))) expect(instances.idsAt(address)).toEqual([]);
    }
    let oldest = journal.revision;
    while (journal.since(oldest - 1)) oldest--;
    const remembered = journal.since(oldest)?.length ?? 0;
    expect(remembered).toBeGreaterThanOrEqual(CAPACITY);
    expect(remembered).toBeLessThanOrEqual(2 * CAPACITY);
  });
});
