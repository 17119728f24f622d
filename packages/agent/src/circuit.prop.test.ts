import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterCoolDown, afterFault, type Circuit, CLOSED, isOn, tripped } from './circuit.ts';

const options = { faults: 3, windowMs: 1000, coolDownMs: 400, trips: 3 };
const steps = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 1500 }), what: fc.constantFrom('fault', 'trip', 'wait') }),
  { maxLength: 60 },
);
type Step = { readonly afterMs: number; readonly what: string };

/** All states that the steps lead through, each with its time, the wake-up that a wait ends by included. */
function walk(list: readonly Step[]): { circuit: Circuit; nowMs: number; what: string }[] {
  let circuit = CLOSED;
  let nowMs = 0;
  return list.map(({ afterMs, what }) => {
    nowMs += afterMs;
    circuit = afterCoolDown(circuit, nowMs);
    if (what === 'fault') circuit = afterFault(circuit, nowMs, options);
    if (what === 'trip') circuit = tripped(circuit, nowMs, options);
    return { circuit, nowMs, what };
  });
}

it('a circuit is off from its last fault that was one too many until the wait is over, and never for less', () => {
  fc.assert(
    fc.property(steps, (list) => {
      for (const { circuit, nowMs, what } of walk(list)) {
        if (what === 'trip') expect(isOn(circuit)).toBe(false);
        if (circuit.phase !== 'open') continue;
        expect(isOn(afterCoolDown(circuit, circuit.untilMs - 1))).toBe(false);
        expect(isOn(afterCoolDown(circuit, circuit.untilMs))).toBe(true);
        expect(circuit.untilMs).toBeGreaterThan(nowMs);
      }
    }),
  );
});

it('fewer faults than the limit in any window never turn it off', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 500, max: 3000 }), { maxLength: 60 }), (gaps) => {
      for (const { circuit } of walk(gaps.map((afterMs) => ({ afterMs, what: 'fault' })))) {
        expect(circuit.phase).toBe('closed');
      }
    }),
  );
});

it('as many faults as the limit in a window always turn it off, whatever was before', () => {
  fc.assert(
    fc.property(steps, fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 3, maxLength: 3 }), (list, gaps) => {
      const last = walk(list).at(-1) ?? { circuit: CLOSED, nowMs: 0 };
      let { circuit, nowMs } = last;
      for (const gap of gaps) {
        nowMs += gap;
        circuit = afterFault(circuit, nowMs, options);
      }
      expect(isOn(circuit)).toBe(false);
    }),
  );
});

it('a state that is off for good is the end, and comes only of trips in a row', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const states = walk(list).map(({ circuit }) => circuit);
      const end = states.findIndex(({ phase }) => phase === 'locked-out');
      if (end < 0) return;
      expect(states.slice(end).every(({ phase }) => phase === 'locked-out')).toBe(true);
      const openings = states.slice(0, end).filter((state, i) => state.phase === 'open' && state !== states[i - 1]);
      expect(openings.slice(-2)).toMatchObject([{ trips: 1 }, { trips: 2 }]);
    }),
  );
});

it('each trip in a row waits twice as long; a window without faults makes good for all', () => {
  const first = tripped(CLOSED, 0, options);
  const second = afterFault(afterCoolDown(first, 400), 500, options);
  expect([first, second]).toEqual([
    { phase: 'open', untilMs: 400, trips: 1 },
    { phase: 'open', untilMs: 1300, trips: 2 },
  ]);
  const trying = afterCoolDown(second, 1300);
  expect(afterFault(trying, 2299, options)).toEqual({ phase: 'locked-out' });
  expect(afterFault(trying, 2300, options)).toEqual({ phase: 'closed', faultsMs: [2300] });
});
