import { expect, it, onTestFinished } from 'vitest';
import { Fleet } from './fleet.ts';
import { changeRules, joinAndLeave, readSlowly } from './scenario.ts';

const AGENTS = 200;
const WORLD = { services: 25, calls: 3 };
/** Instances that an agent of this world knows. */
const KNOWN = 3 * (AGENTS / WORLD.services);

async function fleetOf(agents: number): Promise<Fleet> {
  const fleet = await Fleet.create(WORLD, 1);
  onTestFinished(() => fleet.end());
  await fleet.start(agents);
  await fleet.dial();
  return fleet;
}

it('a fleet whose control plane is killed is back as it was, and nobody was removed', async () => {
  const fleet = await fleetOf(AGENTS);
  await fleet.restart();
  const [standing] = await fleet.standing(KNOWN);
  expect(standing?.removed).toBe(0);
  expect(standing?.backMs).toHaveLength(AGENTS);
  const items = await fleet.client.instances();
  expect(items).toHaveLength(AGENTS);
  expect(items.filter(({ suspect, connected }) => suspect || !connected)).toEqual([]);
  expect((await changeRules(fleet, 1)).agents).toBe(AGENTS);
}, 120_000);

it('changes of rules reach all, those of an instance its callers; those who do not read catch up', async () => {
  const fleet = await fleetOf(60);
  expect((await changeRules(fleet, 2)).agents).toBe(60);
  const callers = (await joinAndLeave(fleet, 60, 2)).join.agents;
  expect(callers).toBeGreaterThan(0);
  expect(callers).toBeLessThan(60);
  const { updates, readBytes, changedBytes } = await readSlowly(fleet, 3, 40);
  expect(updates).toBeLessThan(40);
  expect(readBytes).toBeLessThan(changedBytes);
}, 120_000);
