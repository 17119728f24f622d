import { describe, expect, it } from 'vitest';
import { AddressBook } from './address-book.ts';

/** Addresses mean what `known` says now; each depends on itself and on its host. */
function bookOf(known: Map<string, string>) {
  const asked: string[] = [];
  const book = new AddressBook({
    resolve(namespace, address) {
      asked.push(`${namespace} ${address}`);
      return known.get(address) ?? null;
    },
    names: (_namespace, address) => [address, address.split(':')[0] as string],
  });
  return { book, asked };
}

describe('AddressBook', () => {
  it('answers, and asks once for all who want the same', () => {
    const { book, asked } = bookOf(new Map([['order:80', 'shop/order']]));
    expect(book.watch('i1', 'shop', 'order:80')).toBe('shop/order');
    expect(book.watch('i2', 'shop', 'order:80')).toBe('shop/order');
    expect(book.watch('i2', 'bank', 'other:80')).toBeNull();
    expect(asked).toEqual(['shop order:80', 'bank other:80']);
  });

  it('tells everyone who asked when an unknown address becomes known', () => {
    const known = new Map<string, string>();
    const { book } = bookOf(known);
    book.watch('i1', 'shop', 'order:80');
    book.watch('i2', 'shop', 'order:80');
    known.set('order:80', 'shop/order');
    const answers = book.reconsider(['order']);
    expect(answers).toMatchObject([{ address: 'order:80', service: 'shop/order' }]);
    expect([...(answers[0]?.watchers ?? [])]).toEqual(['i1', 'i2']);
    expect(book.reconsider(['order'])).toEqual([]);
  });

  it('looks only at addresses that depend on a name', () => {
    const { book, asked } = bookOf(new Map());
    book.watch('i1', 'shop', 'order:80');
    book.watch('i1', 'shop', 'stock:80');
    asked.length = 0;
    book.reconsider(['stock', 'nothing']);
    expect(asked).toEqual(['shop stock:80']);
  });

  it('keeps a meaning until it is asked again', () => {
    const known = new Map([['10.0.0.1:80', 'shop/order']]);
    const { book } = bookOf(known);
    book.watch('i1', 'shop', '10.0.0.1:80');
    known.clear();
    expect(book.watch('i2', 'shop', '10.0.0.1:80')).toBe('shop/order');
  });

  it('forgets one address for one who asked', () => {
    const { book } = bookOf(new Map());
    book.watch('i1', 'shop', 'order:80');
    book.watch('i2', 'shop', 'order:80');
    book.watch('i1', 'shop', 'stock:80');
    book.forget('i1', 'shop', 'order:80');
    book.forget('i1', 'shop', 'order:80');
    book.forget('i1', 'shop', 'never-asked:80');
    expect(book.size).toBe(2);
    book.unwatch('i1');
    book.forget('i2', 'shop', 'order:80');
    expect(book.size).toBe(0);
  });

  it('forgets an address with the last who wanted it', () => {
    const { book } = bookOf(new Map());
    book.watch('i1', 'shop', 'order:80');
    book.watch('i2', 'shop', 'order:80');
    book.unwatch('i1');
    expect(book.size).toBe(1);
    book.unwatch('i2');
    book.unwatch('i2');
    expect(book.size).toBe(0);
    expect(book.reconsider(['order'])).toEqual([]);
  });
});
