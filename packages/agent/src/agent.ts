import { AsyncResource } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { PointReport } from '@fairway/model';
import { createFirstCalls } from './govern/first-call.ts';
import { createGovernor } from './govern/governor.ts';
import { nextPlan, type Plan } from './govern/plan.ts';
import type { Line } from './link/line.ts';
import { createMainLine } from './link/main-line.ts';
import { createThreadLine } from './link/thread-line.ts';
import type { Log } from './log.ts';
import type { Options } from './option.ts';
import { installPoints } from './point.ts';

/**
 * Starts the agent in this thread. Nothing is connected, read or compiled before the application listens or makes a call. Returns a probe
 * of its state.
 */
export function startAgent(options: Options, log: Log): () => unknown {
  const dice = Math.random;
  const outside = new AsyncResource('fairway');
  let reportPoints: () => PointReport[] = () => [];
  let plan: Plan | undefined;
  const line: Line = (isMainThread ? createMainLine : createThreadLine)(options, log, {
    changed(self, directory, change) {
      plan = nextPlan(self, directory, change, plan, dice);
      for (const address of change.addresses) firstCalls.answered(address);
    },
    down: () => firstCalls.releaseAll(),
    aside() {
      plan = undefined;
    },
    asked: () => firstCalls.asked,
    report: () => ({ points: reportPoints(), droppedLabels: governor.droppedLabels }),
  });
  const firstCalls = createFirstCalls(
    {
      get isAnswering() {
        return line.isAnswering;
      },
      ask: (address) => outside.runInAsyncScope(() => line.ask(address)),
      late: () => line.late(),
    },
    options.firstCallWaitMs,
  );
  const governor = createGovernor({
    plan: () => plan,
    serviceAt: (address) => line.serviceAt(address),
    isAside: () => line.isAside,
    isLearning: () => line.isAnswering,
    firstCalls,
    dice,
  });

  reportPoints = installPoints({
    governor,
    options,
    log,
    outside,
    onTurn: () => line.turned(),
    listenEvents: { opened: (address) => line.opened(address), closed: (address) => line.closed(address) },
  });
  syncBuiltinESMExports();
  return () => ({ ...line.probe(), ...line.report() });
}
