// The console in a browser over many services that talk, and what their reports cost the server.
import { ensureConsole } from '@fairway/console/build';
import { chromium } from 'playwright-core';
import { Fleet } from '../fleet/fleet.ts';
import { NAMESPACE, type World } from '../fleet/world.ts';
import { countFrames, type Frames, firstLoad, openTopology } from './browser.ts';

/** What the console showed. */
export interface ConsoleResult {
  /** Bytes over the wire before the first page stood, as they were sent. */
  readonly firstLoadBytes: number;
  readonly services: number;
  /** From the call of its address until its boxes stood. */
  readonly topologyMs: number;
  /** While it is dragged about: as soon as it stands, and once more, when the browser has compiled what runs. */
  readonly draggedAtOnce: Frames;
  readonly dragged: Frames;
  /** Cores that the server took of reports while a browser looked, which has them told up to twice a second. */
  readonly watchedShare: number;
  /** The same for agents that tell each five seconds, with nobody looking. */
  readonly reports: { readonly agents: number; readonly share: number };
}

const TOPOLOGY: World = { services: 500, calls: 3, tiers: 8 };
const REPORTS: World = { services: 100, calls: 3 };
const REPORTING_AGENTS = 2_000;
/** Of agents that tell each five seconds: so that all have told twice. */
const REPORTS_MS = 15_000;

type Tell = (text: string) => void;

/** Measures the console. Needs Chromium. */
export async function measureConsole(tell: Tell): Promise<ConsoleResult> {
  await ensureConsole();
  const reports = await measureReports(tell);
  return withFleet(TOPOLOGY, TOPOLOGY.services, tell, async (fleet) => {
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      tell('a browser looks');
      const { page, bytes } = await firstLoad(browser, fleet.url, fleet.token);
      const topologyMs = await openTopology(page, fleet.url, NAMESPACE, TOPOLOGY.services);
      const draggedAtOnce = await countFrames(page);
      const dragged = await countFrames(page);
      const watchedShare = await fleet.serverShare(5_000);
      return {
        firstLoadBytes: bytes,
        services: TOPOLOGY.services,
        topologyMs,
        draggedAtOnce,
        dragged,
        watchedShare,
        reports,
      };
    } finally {
      await browser.close();
    }
  });
}

function measureReports(tell: Tell): Promise<ConsoleResult['reports']> {
  return withFleet(REPORTS, REPORTING_AGENTS, tell, async (fleet) => {
    tell('they report');
    return { agents: REPORTING_AGENTS, share: await fleet.serverShare(REPORTS_MS) };
  });
}

/** With agents that talk. */
async function withFleet<T>(world: World, agents: number, tell: Tell, work: (fleet: Fleet) => Promise<T>): Promise<T> {
  const fleet = await Fleet.create(world, 1);
  try {
    tell(`${agents} agents start`);
    await fleet.start(agents);
    await fleet.dial();
    await fleet.talk();
    return await work(fleet);
  } finally {
    await fleet.end();
  }
}
