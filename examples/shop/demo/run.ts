import type { Fleet } from './fleet.ts';
import { CHANGE_COUNT, type ChangeTiming, changeLane } from './lane-change.ts';
import { runLoad } from './load.ts';
import { newProgress, type Progress } from './progress.ts';
import type { Scenario } from './scenario.ts';
import { type Comparison, compareShare } from './share.ts';
import { count, newTally, type Switching, type Tally } from './tally.ts';

/** What a run of a scenario showed. */
export interface Run {
  readonly scenario: Scenario;
  readonly tally: Tally;
  /** null where the percentage changed during the run. */
  readonly share: Comparison | null;
  readonly seconds: number;
  readonly changes: readonly ChangeTiming[];
  readonly outage: Outage | null;
}

/** The time without a control plane. */
export interface Outage {
  readonly seconds: number;
  /** Requests that were answered meanwhile. */
  readonly requests: number;
  /** From its start on until all agents were linked again. */
  readonly relinkedSeconds: number;
}

export interface RunOptions {
  readonly requests: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** Sends a scenario's requests and counts. */
export async function runScenario(fleet: Fleet, scenario: Scenario, options: RunOptions): Promise<Run> {
  return runBeside(fleet, scenario, options, async () => ({}));
}

/** As {@link runScenario}, while the control plane is killed after a third of the requests and is back after two. */
export async function runThroughOutage(fleet: Fleet, scenario: Scenario, options: RunOptions): Promise<Run> {
  return runBeside(fleet, scenario, options, async (progress) => {
    await progress.reached(Math.ceil(options.requests / 3));
    await fleet.controlPlane.kill();
    const [killedMs, before] = [performance.now(), progress.count];
    await progress.reached(Math.ceil((options.requests * 2) / 3));
    const [startedMs, requests] = [performance.now(), progress.count - before];
    await fleet.controlPlane.restart();
    await fleet.linked();
    const relinkedSeconds = (performance.now() - startedMs) / 1000;
    return { outage: { seconds: (startedMs - killedMs) / 1000, requests, relinkedSeconds } };
  });
}

/** As {@link runScenario}, while the lane is changed again and again. */
export async function runThroughChanges(fleet: Fleet, scenario: Scenario, options: RunOptions): Promise<Run> {
  const step = options.requests / (CHANGE_COUNT + 1);
  return runBeside(fleet, scenario, options, async (progress, switchings) => {
    const turn = (change: number) => progress.reached(Math.ceil(step * (change + 1)));
    return { changes: await changeLane(fleet, turn, switchings) };
  });
}

type Seen = Partial<Pick<Run, 'changes' | 'outage'>>;
type Beside = (progress: Progress, switchings: Switching[]) => Promise<Seen>;

async function runBeside(fleet: Fleet, scenario: Scenario, options: RunOptions, beside: Beside): Promise<Run> {
  const { requests, concurrency, signal } = options;
  const tally = newTally();
  const progress = newProgress();
  const switchings: Switching[] = [];
  const startedMs = performance.now();
  const load = runLoad({
    entries: fleet.entries,
    concurrency,
    next: (n) => (n < requests && !signal.aborted ? scenario.intent(n) : null),
    done: (outcome) => {
      count(tally, outcome, switchings);
      progress.add();
    },
  });
  const [seen] = await Promise.all([beside(progress, switchings), load]);
  signal.throwIfAborted();
  const seconds = (performance.now() - startedMs) / 1000;
  const share = scenario.share === null ? null : compareShare({ gray: tally.gray, of: tally.plain }, scenario.share);
  return { scenario, tally, share, seconds, changes: [], outage: null, ...seen };
}
