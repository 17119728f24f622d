import type { DiagnosisKind } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { DiagnosisBook } from './diagnosis-book.ts';

const HANDLES = { handles: { resources: { TCPSERVERWRAP: 1 }, listening: [], connections: [] } };

/** A book on a clock of its own. Instances whose id begins with `away` have no stream. */
function bookAt(start = 0) {
  const told: string[] = [];
  let atMs = start;
  const book = new DiagnosisBook({
    nowMs: () => atMs,
    tell(instance, { kind }) {
      if (!instance.startsWith('away')) told.push(`${instance} ${kind}`);
      return !instance.startsWith('away');
    },
  });
  const start1 = (instance: string, kind: DiagnosisKind = 'handles') =>
    book.start({ instance, service: 'shop/order', kind, seconds: 5, author: 'anna' });
  const report = (id: string, instance: string, over: object = { findings: HANDLES }, chars = 100) =>
    book.report({ version: 1, id, instance, ...over }, chars);
  return {
    book,
    told,
    start: start1,
    report,
    pass: (ms: number) => {
      atMs += ms;
      book.tick();
    },
  };
}

const now = AbortSignal.abort();

describe('diagnoses', () => {
  it('are told to the instance, and settle with what it finds', async () => {
    const { book, told, start, report } = bookAt();
    const { id, state } = start('order-1');
    expect([told, state]).toEqual([['order-1 handles'], 'running']);
    const settled = book.settled(id, new AbortController().signal);
    report(id, 'order-1');
    expect(await settled).toMatchObject({ state: 'done', findings: HANDLES, why: null });
    expect(book.list('order-1')).toMatchObject([{ id, state: 'done', findings: null }]);
    expect(book.list('order-2')).toEqual([]);
  });

  it('take an answer once, from the instance that was asked, and of the kind that was asked for', async () => {
    const { book, start, report } = bookAt();
    const { id } = start('order-1', 'heap');
    report(id, 'order-2');
    report('another', 'order-1');
    expect(await book.settled(id, now)).toMatchObject({ state: 'running' });
    report(id, 'order-1');
    const why = 'the agent found something else than what was asked for';
    expect(await book.settled(id, now)).toMatchObject({ state: 'refused', why });
    report(id, 'order-1', { refused: 'the process is overloaded' });
    expect(await book.settled(id, now)).toMatchObject({ state: 'refused', why });
  });

  it('are one for each instance and eight in all at a time, of those that are connected', () => {
    const { start } = bookAt();
    start('order-1');
    expect(() => start('order-1')).toThrow(/order-1 is being diagnosed/);
    expect(() => start('away-1')).toThrow(/the agent of instance away-1 is not connected/);
    for (let n = 2; n <= 8; n++) start(`order-${n}`);
    expect(() => start('order-9')).toThrow(/8 diagnoses are under way/);
  });

  it('are given up when the instance is gone or does not answer, and forgotten after 15 minutes', async () => {
    const { book, start, pass } = bookAt();
    const one = start('order-1');
    const two = start('order-2');
    book.forget('order-2');
    expect(await book.settled(two.id, now)).toMatchObject({ state: 'lost', why: 'the instance is gone' });
    pass(20_000);
    expect(await book.settled(one.id, now)).toMatchObject({ state: 'running' });
    pass(1);
    expect(await book.settled(one.id, now)).toMatchObject({ state: 'lost' });
    pass(15 * 60_000);
    expect(book.list()).toEqual([]);
    await expect(book.settled(one.id, now)).rejects.toThrow(/there is no diagnosis/);
  });

  it('are kept as long as all of them are not too large: the oldest go', () => {
    const { book, start, report } = bookAt();
    const ids = Array.from({ length: 5 }, (_, n) => {
      const { id } = start(`order-${n}`);
      report(id, `order-${n}`, { findings: HANDLES }, 20 * 1024 * 1024);
      return id;
    });
    expect(book.list().map(({ id }) => id)).toEqual(ids.slice(2).reverse());
  });
});
