import { describe, expect, it } from 'vitest';
import { type CountRecord, losses, type TransitionRecord } from './losses.ts';

const T0 = Date.parse('2026-01-02T03:00:00.000Z');
const S = 1_000;

function turn(
  instance: string,
  what: TransitionRecord['what'],
  afterMs: number,
  over: Partial<TransitionRecord> = {},
): TransitionRecord {
  const record = { service: 'shop/order', instance, release: 'v1', by: instance, atMs: T0 + afterMs, what, ...over };
  return { type: 'transition', ...record };
}

function sent(instance: string, phase: CountRecord['phase'], afterMs: number, over: Partial<CountRecord> = {}) {
  const caller = { caller: 'web-1', callerService: 'shop/web', requests: 10, failed: {}, saved: 0 };
  const record = { service: 'shop/order', instance, release: 'v1', phase, atMs: T0 + afterMs, ...caller, ...over };
  return { type: 'count', ...record } as const;
}

const REPLACED = [
  turn('o2', 'starting', 0, { release: 'v2' }),
  turn('o2', 'ready', 5 * S, { release: 'v2', by: null }),
  turn('o1', 'draining', 6 * S, { cause: 'sigterm', inFlight: 3 }),
  turn('o1', 'quiet', 9 * S, { served: 57, failed: 0, cutOff: 0, callers: 2, acknowledged: 2 }),
  turn('o1', 'gone', 9 * S, { by: null }),
];

describe('a rollout', () => {
  it('in which nothing was lost says so, with how the old one left', () => {
    const [rollout, ...others] = losses([
      ...REPLACED,
      sent('o1', 'draining', 10 * S),
      sent('o2', 'warming', 10 * S),
    ]).rollouts;
    expect(others).toEqual([]);
    expect(rollout).toMatchObject({
      service: 'shop/order',
      releases: ['v1', 'v2'],
      from: '2026-01-02T03:00:00.000Z',
      to: '2026-01-02T03:00:09.000Z',
      requests: 20,
      lost: 0,
      verdict: 'nothing-lost',
    });
    expect(rollout?.instances[0]).toMatchObject({
      instance: 'o1',
      notice: { inFlight: 3, served: 57, callers: 2, acknowledged: 2 },
      disagreement: null,
    });
    expect(rollout?.instances[0]?.transitions.map(({ what }) => what)).toEqual(['draining', 'quiet', 'gone']);
  });

  it('tells which caller lost what, in which phase, and what was saved', () => {
    const killed = [turn('o1', 'suspect', 0, { by: null }), turn('o1', 'gone', 10 * S, { by: null })];
    const { rollouts } = losses([
      ...killed,
      sent('o1', 'ready', 1 * S, { failed: { reset: 2 }, saved: 1 }),
      sent('o1', 'suspect', 2 * S, { failed: { refused: 1 }, caller: 'web-2' }),
    ]);
    expect(rollouts).toMatchObject([{ requests: 20, failed: 3, saved: 1, lost: 3, verdict: 'lost' }]);
    expect(rollouts[0]?.instances[0]?.failures).toEqual([
      { phase: 'ready', reason: 'reset', caller: 'web-1', callerService: 'shop/web', count: 2 },
      { phase: 'suspect', reason: 'refused', caller: 'web-2', callerService: 'shop/web', count: 1 },
    ]);
  });

  it('counts the worse account where the instance and its callers disagree, and says that they do', () => {
    const left = [turn('o1', 'draining', 0), turn('o1', 'quiet', S, { served: 9, failed: 1, cutOff: 2 })];
    const [alone] = losses(left).rollouts;
    expect(alone).toMatchObject({ lost: 3, verdict: 'lost' });
    expect(alone?.instances[0]?.disagreement).toContain('no caller told');
    const [both] = losses([...left, sent('o1', 'draining', S, { failed: { reset: 5 } })]).rollouts;
    expect(both).toMatchObject({ lost: 5 });
    expect(both?.instances[0]?.disagreement).toContain('says 3 failed after its notice, its callers say 5');
  });

  it('of which nobody counted a request is unmeasured', () => {
    expect(losses([turn('o1', 'gone', 0, { by: null })]).rollouts).toMatchObject([{ verdict: 'unmeasured', lost: 0 }]);
    expect(losses([])).toEqual({ rollouts: [], outside: { requests: 0, failed: 0, saved: 0 } });
  });

  it('lasts while an instance is under way, and ends a minute after the last', () => {
    const slow = [turn('o1', 'draining', 0), turn('o1', 'gone', 200 * S), turn('o2', 'ready', 100 * S)];
    expect(losses(slow).rollouts).toHaveLength(1);
    const next = turn('o3', 'ready', 261 * S);
    expect(losses([...slow, next]).rollouts.map(({ instances }) => instances.length)).toEqual([1, 2]);
    const drained = [turn('o1', 'draining', 0), turn('o1', 'ready', 3_600 * S), turn('o2', 'ready', 1_800 * S)];
    expect(losses(drained).rollouts).toHaveLength(3);
  });

  it('is of one service, and what is counted long after it is outside', () => {
    const other = turn('s1', 'ready', S, { service: 'shop/stock' });
    const { rollouts, outside } = losses([
      ...REPLACED,
      other,
      sent('o2', 'ready', 60 * S),
      sent('o2', 'ready', 100 * S, { failed: { reset: 1 } }),
      sent('o1', 'gone', 100 * S, { failed: { refused: 1 } }),
    ]);
    expect(rollouts.map(({ service, requests, lost }) => [service, requests, lost])).toEqual([
      ['shop/stock', 0, 0],
      ['shop/order', 20, 1],
    ]);
    expect(outside).toEqual({ requests: 10, failed: 1, saved: 0 });
  });
});
