// A fleet of simulated agents that speak the real protocol over real sockets to a real server, each in processes of its own.
import { loadavg } from 'node:os';
import { Fleet } from './fleet.ts';
import { type ChangeResult, changeRules, joinAndLeave, readSlowly, type SlowResult } from './scenario.ts';
import type { Usage } from './server.ts';
import { type StormResult, storm } from './storm.ts';
import type { World } from './world.ts';

/** What a fleet showed. */
export interface FleetResult {
  readonly agents: number;
  readonly world: World;
  /** Load of the machine, over the last minute, when it was measured. */
  readonly load: number;
  /** Of the server for each agent, beyond what it takes without any: connected; after rules and instances changed. */
  readonly memory: Record<'connected' | 'changed', { readonly rssBytes: number; readonly heldBytes: number }>;
  readonly rule: ChangeResult;
  readonly join: ChangeResult;
  readonly leave: ChangeResult;
  /** Instances that started and stopped after as many others, and what the server held more after them than before. */
  readonly churn: { readonly cycles: number; readonly heldBytes: number };
  readonly slow: SlowResult;
  readonly storm: StormResult;
}

const SIMULATORS = 2;
const INSTANCES = 50;
const CALLS = 3;
const CHANGES = 10;
const CYCLES = 10_000;
const SLOW_READERS = 20;
const SLOW_CHANGES = 40;
/** Sockets of a process beside the streams. */
const SPARE_FILES = 1_000;

function perAgent(usage: Usage, empty: Usage, agents: number) {
  return {
    rssBytes: (usage.rssBytes - empty.rssBytes) / agents,
    heldBytes: (usage.heldBytes - empty.heldBytes) / agents,
  };
}

/** @throws Error when this process may not open enough files for a server of so many agents */
function checkFiles(agents: number): void {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | 'unlimited' } } };
  const files = report.userLimits?.open_files?.soft ?? 'unlimited';
  const wanted = agents + SPARE_FILES;
  if (files !== 'unlimited' && Number(files) < wanted) {
    throw new Error(
      `${agents} agents need ${wanted} open files, ${files} are allowed: raise it with ulimit -n ${wanted}`,
    );
  }
}

/** Measures a fleet of so many agents. */
export async function measureFleet(agents: number, progress: (text: string) => void): Promise<FleetResult> {
  checkFiles(agents);
  const world = { services: Math.max(CALLS * 7 + 1, Math.round(agents / INSTANCES)), calls: CALLS };
  const known = CALLS * Math.floor(agents / world.services);
  const fleet = await Fleet.create(world, SIMULATORS);
  try {
    const empty = await fleet.usage();
    progress(`${agents} agents start`);
    await fleet.start(agents);
    progress(`${CYCLES} starts and stops, twice`);
    // The first time fills what is bounded, such as the journal.
    await fleet.churn(CYCLES);
    const full = await fleet.usage();
    await fleet.churn(CYCLES);
    const churned = await fleet.usage();
    progress('they dial');
    await fleet.dial();
    const connected = await fleet.usage();
    progress('rules change');
    const rule = await changeRules(fleet, CHANGES);
    progress('instances join and leave');
    const members = await joinAndLeave(fleet, agents, CHANGES);
    const changed = await fleet.usage();
    progress('slow readers');
    const slow = await readSlowly(fleet, SLOW_READERS, SLOW_CHANGES);
    progress('the server is killed');
    return {
      agents,
      world,
      memory: { connected: perAgent(connected, empty, agents), changed: perAgent(changed, empty, agents) },
      rule,
      ...members,
      churn: { cycles: CYCLES, heldBytes: churned.heldBytes - full.heldBytes },
      slow,
      storm: await storm(fleet, known),
      load: loadavg()[0] as number,
    };
  } finally {
    await fleet.end();
  }
}
