import type { Hop, HopNode } from '@fairway/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRACE_BOUNDS, TraceBook } from './trace-book.ts';

const TRACE = 'a'.repeat(32);
const idOf = (n: number) => n.toString(16).padStart(16, '0');

function hop(n: number, parent: number | undefined, over: Partial<Hop> = {}): Hop {
  return {
    trace: TRACE,
    id: idOf(n),
    ...(parent === undefined ? {} : { parent: idOf(parent) }),
    kind: n % 2 === 0 ? 'served' : 'called',
    method: 'GET',
    path: '/',
    lane: '',
    reason: 'base',
    steps: [],
    attempts: [],
    outcome: '2xx',
    agoMs: 1_000 - n,
    tookMs: 1,
    ...over,
  };
}

function bookOf(hops: readonly Hop[]): TraceBook {
  const book = new TraceBook();
  book.begin(TRACE, 10_000, 0);
  for (const one of hops) book.add([one], { service: 'shop/web', instance: `web-${one.id}`, lane: '' }, 2_000);
  return book;
}

function idsIn(nodes: readonly HopNode[]): string[] {
  return nodes.flatMap(({ id, children }) => [id, ...idsIn(children)]);
}

describe('the hops of a request', () => {
  it('each stands once in the tree, below what led to it, whatever agents say and in whatever order', () => {
    const links = fc.array(fc.option(fc.nat(12), { nil: undefined }), { maxLength: 12 });
    fc.assert(
      fc.property(links, fc.infiniteStream(fc.nat()), (parents, dice) => {
        const hops = parents.map((parent, n) => hop(n, parent));
        const shuffled = [...hops].sort(() => (Number(dice.next().value) % 2) * 2 - 1);
        const trace = bookOf([...shuffled, ...hops]).get(TRACE, () => true);
        expect(idsIn(trace?.roots ?? []).sort()).toEqual(hops.map(({ id }) => id).sort());
        const check = (node: HopNode) => {
          for (const child of node.children) {
            expect(child.parent).toBe(node.id);
            check(child);
          }
        };
        trace?.roots.forEach(check);
      }),
    );
  });

  it('are complete when each call to an instance is told of by it, and not before', () => {
    const attempt = { instance: 'order-1', lane: '', afterMs: 0, tookMs: 1, outcome: '2xx' as const };
    const chain = [hop(0, undefined), hop(1, 0, { attempts: [attempt] }), hop(2, 1)];
    for (const missing of chain) {
      const some = chain.filter((one) => one !== missing);
      expect(bookOf(some).get(TRACE, () => true)?.complete).toBe(false);
    }
    expect(bookOf(chain).get(TRACE, () => true)?.complete).toBe(true);
    expect(bookOf(chain.slice(0, 2)).get(TRACE, () => false)?.complete).toBe(true);
    expect(bookOf([]).get(TRACE, () => true)).toMatchObject({ complete: false, startedAt: null, hops: 0 });
  });

  it('are bounded in number, in bytes and in time, and what was dropped is counted', () => {
    const { maxHops } = TRACE_BOUNDS;
    const many = Array.from({ length: maxHops + 5 }, (_, n) => hop(n, undefined));
    expect(bookOf(many).get(TRACE, () => true)).toMatchObject({ hops: maxHops, dropped: 5, complete: false });
    const step = { step: 'x', taken: true, text: 'x'.repeat(256) };
    const large = Array.from({ length: 100 }, (_, n) => hop(n, undefined, { steps: Array(32).fill(step) }));
    const told = bookOf(large).get(TRACE, () => true);
    expect(told?.dropped).toBeGreaterThan(0);
    expect(JSON.stringify(told).length).toBeLessThan(2 * TRACE_BOUNDS.maxBytes);
    const book = bookOf([hop(0, undefined)]);
    expect(book.add([hop(1, 0)], { service: 's/s', instance: 'i', lane: '' }, 10_000).size).toBe(0);
    expect(book.add([hop(1, 0, { trace: 'b'.repeat(32) })], { service: 's/s', instance: 'i', lane: '' }, 3).size).toBe(
      0,
    );
    book.prune(TRACE_BOUNDS.keepMs);
    expect(book.get(TRACE, () => true)).toBeUndefined();
  });
});
