import { expect, it } from 'vitest';
import { createHook } from './hook.ts';
import { createLog } from './log.ts';

/** A hook with a clock that is set by hand. */
function setUp() {
  const lines: string[] = [];
  const turns: string[] = [];
  const wakes: { atMs: number; then: () => void }[] = [];
  let now = 0;
  let reads = 0;
  const hook = createHook(
    'http',
    createLog('info', (line) => lines.push(line)),
    {
      circuit: { faults: 3, windowMs: 1000, coolDownMs: 400, trips: 3 },
      nowMs: () => {
        reads++;
        return now;
      },
      wake: (afterMs, then) => wakes.push({ atMs: now + afterMs, then }),
      onTurn: () => turns.push(hook.state),
    },
  );
  return {
    hook,
    lines,
    turns,
    reads: () => reads,
    pass(ms: number) {
      now += ms;
      for (const { atMs, then } of wakes.splice(0)) {
        if (atMs <= now) then();
        else wakes.push({ atMs, then });
      }
    },
  };
}

const fail = () => {
  throw new Error('broken');
};

it('a point that works reads no clock', () => {
  const { hook, reads } = setUp();
  expect([hook.attempt(() => 7), hook.isOn, hook.why, reads()]).toEqual([7, true, undefined, 0]);
});

it('a point that keeps failing is turned off and says so, never throws, and is tried again after a while', () => {
  const { hook, lines, turns, pass } = setUp();
  for (let i = 0; i < 3; i++) expect([hook.isOn, hook.attempt(fail)]).toEqual([true, undefined]);
  expect([hook.isOn, hook.state, hook.why, hook.errors]).toEqual([false, 'paused', 'repeated faults', 3]);
  expect(hook.attempt(() => 7)).toBeUndefined();
  expect(lines.at(-1)).toBe('fairway error: point http: off for 0 s, for repeated faults\n');
  pass(399);
  expect(hook.isOn).toBe(false);
  pass(1);
  expect([hook.attempt(() => 7), hook.state, turns]).toEqual([7, 'on', ['paused', 'on']]);
});

it('a point that fails at each try is off for good', () => {
  const { hook, lines, turns, pass } = setUp();
  for (let i = 0; i < 3; i++) hook.fault(new Error('broken'));
  for (const waitMs of [400, 800]) {
    pass(waitMs);
    hook.fault('no error at all');
  }
  pass(1e9);
  expect([hook.isOn, hook.state, hook.errors]).toEqual([false, 'off', 5]);
  expect(turns).toEqual(['paused', 'on', 'paused', 'on', 'off']);
  expect(lines.at(-1)).toBe('fairway error: point http: off for good, for repeated faults\n');
});

it('a point can be turned off for a reason that is no error', () => {
  const { hook } = setUp();
  hook.trip('its time per call');
  expect([hook.isOn, hook.state, hook.why, hook.errors]).toEqual([false, 'paused', 'its time per call', 0]);
});

it('a timer of its own tries again, and does not keep a process alive', async () => {
  const hook = createHook(
    'http',
    createLog('off', () => undefined),
    { circuit: { faults: 1, windowMs: 1000, coolDownMs: 1, trips: 2 } },
  );
  hook.attempt(fail);
  expect(hook.isOn).toBe(false);
  await expect.poll(() => hook.isOn).toBe(true);
});

it('a log is silent below its level', () => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line));
  log.error('e');
  log.info('i');
  log.debug('d');
  expect(lines).toEqual(['fairway error: e\n', 'fairway info: i\n']);
});
