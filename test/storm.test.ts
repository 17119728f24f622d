// The storm, small: the same as `make storm`, with real processes, real NGINX and a real control plane.
import { describe, expect, it } from 'vitest';
import { seededDice } from './storm/dice.ts';
import { FAULTS, runFault } from './storm/fault.ts';
import { runRolling } from './storm/rolling.ts';

const MINUTE_MS = 60_000;
const PER_SECOND = 90;

const run = (isGoverned: boolean, outages: readonly number[]) =>
  runRolling({
    replacements: 2,
    perSecond: PER_SECOND,
    isGoverned,
    outages: new Set(outages),
    dice: seededDice(7),
    tell: () => {},
  });

describe('two services replaced under load', () => {
  it(
    'nothing is lost, with the control plane killed in the middle',
    async () => {
      const { failures, flows, instancesReplaced } = await run(true, [1]);
      expect(failures).toEqual([]);
      expect(instancesReplaced).toBe(4);
      for (const { sent } of Object.values(flows)) expect(sent).toBeGreaterThan(0);
      expect(Object.keys(flows)).toHaveLength(7);
    },
    3 * MINUTE_MS,
  );

  it(
    'without Fairway something is: the harness can tell',
    async () => {
      const { failures } = await run(false, []);
      expect(failures.length).toBeGreaterThan(0);
    },
    3 * MINUTE_MS,
  );
});

describe('a fault costs no more than it may', () => {
  const tried = FAULTS.filter(({ name }) => /SIGKILL|errors/.test(name));

  it.each(tried)(
    '$name',
    async (fault) => {
      const { failures, limit, sent } = await runFault(fault, PER_SECOND);
      expect(sent).toBeGreaterThan(0);
      expect(failures.length, JSON.stringify(failures)).toBeLessThanOrEqual(limit);
    },
    3 * MINUTE_MS,
  );
});
