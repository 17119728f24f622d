import { expect, it } from 'vitest';
import { createHook, MAX_HOOK_ERRORS } from './hook.ts';
import { createLog } from './log.ts';

it('a hook that keeps failing is turned off, and never throws', () => {
  const lines: string[] = [];
  const hook = createHook(
    'http',
    createLog('error', (line) => lines.push(line)),
  );
  expect(hook.attempt(() => 7)).toBe(7);
  for (let i = 0; i < MAX_HOOK_ERRORS; i++) {
    expect(hook.isOn).toBe(true);
    expect(
      hook.attempt(() => {
        throw new Error('broken');
      }),
    ).toBeUndefined();
  }
  expect([hook.isOn, hook.errors, hook.attempt(() => 7)]).toEqual([false, MAX_HOOK_ERRORS, undefined]);
  expect(lines.at(-1)).toContain('it is off now');
});

it('an error caught elsewhere counts too', () => {
  const lines: string[] = [];
  const hook = createHook(
    'http',
    createLog('error', (line) => lines.push(line)),
  );
  for (let i = 0; i < MAX_HOOK_ERRORS; i++) hook.fault(new Error('broken'));
  expect([hook.isOn, hook.errors, lines.length]).toEqual([false, MAX_HOOK_ERRORS, MAX_HOOK_ERRORS + 1]);
});

it('a log is silent below its level', () => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line));
  log.error('e');
  log.info('i');
  log.debug('d');
  expect(lines).toEqual(['fairway error: e\n', 'fairway info: i\n']);
});
