import { AsyncResource } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout } from 'node:timers';
import { isMainThread } from 'node:worker_threads';
import { DEFAULT_POLICY, policyOf, prometheusPage } from '@fairway/core';
import type { PointReport } from '@fairway/model';
import { nowMs } from './clock.ts';
import { createDiagnoser } from './diagnose/diagnose.ts';
import { CallLedger } from './govern/call-ledger.ts';
import { createFirstCalls } from './govern/first-call.ts';
import { createGovernor } from './govern/governor.ts';
import { nextPlan, type Plan } from './govern/plan.ts';
import { createLifecycle, type Governance, type Lifecycle } from './lifecycle/lifecycle.ts';
import type { Line } from './link/line.ts';
import { createMainLine } from './link/main-line.ts';
import { createThreadLine } from './link/thread-line.ts';
import type { Log } from './log.ts';
import { createMeasure } from './measure/measure.ts';
import { OwnMetrics } from './measure/own-metrics.ts';
import { createRuntimeWatch } from './measure/runtime-watch.ts';
import type { Options } from './option.ts';
import { installPoints } from './point.ts';
import { keepTickShape } from './tick-shape.ts';
import { AppSpans } from './trace/app-spans.ts';
import { createTracing } from './trace/tracing.ts';

/** Services whose calls under way are told. */
const MAX_IN_FLIGHT = 2_048;
/** What was seen of instances is told together, this long after the first of it. */
const TELL_EVERY_MS = 1000;

/**
 * Starts the agent in this thread. Nothing is connected, read or compiled before the application listens or makes a call. Returns a probe
 * of its state.
 */
export function startAgent(options: Options, log: Log): () => unknown {
  const dice = Math.random;
  const outside = new AsyncResource('fairway');
  let reportPoints: () => PointReport[] = () => [];
  let plan: Plan | undefined;
  const ledger = new CallLedger(nowMs, () =>
    outside.runInAsyncScope(() => setTimeout(tellSeen, TELL_EVERY_MS).unref()),
  );
  const tellSeen = () => line.saw(ledger.take());
  const measure = createMeasure(
    {
      dice,
      outside: (step) => outside.runInAsyncScope(step),
      inFlight: () => inFlightOf(plan),
      runtime: isMainThread ? createRuntimeWatch() : undefined,
      told: (measured) => line.measured(measured),
    },
    !options.disabled.has('measure'),
  );
  const { meter } = measure;
  const ownMetrics = options.admin && new OwnMetrics();
  const isTraced = !options.disabled.has('trace');
  const spans = new AppSpans(!isTraced, (error) =>
    log.error(`spans: ${error instanceof Error ? error.stack : 'failed'}`),
  );
  const tracing = createTracing({
    isOn: isTraced,
    outside: (step) => outside.runInAsyncScope(step),
    told: (hops) => line.hops(hops),
  });
  const line: Line = (isMainThread ? createMainLine : createThreadLine)(options, log, {
    changed(self, directory, change) {
      plan = nextPlan(self, directory, change, plan, { dice, ledger, meter, zone: options.zone });
      for (const address of change.addresses) firstCalls.answered(address);
      lifecycle?.governed();
      measure.start();
    },
    listening: (address) => lifecycle?.listening(address),
    command: (kind) => lifecycle?.command(kind),
    diagnose: (ask) => outside.runInAsyncScope(() => diagnose(ask)),
    paced(everyMs) {
      measure.pace(everyMs);
      tracing.pace(everyMs);
    },
    measured: (measured) => ownMetrics?.add(measured),
    followKeys: (keys) => tracing.learn(keys),
    down: () => firstCalls.releaseAll(),
    aside() {
      plan = undefined;
      lifecycle?.governed();
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
    meter,
    dice,
    tracing,
    spans,
  });

  const diagnose = createDiagnoser({
    log,
    isDisabled: options.disabled.has('diagnose'),
    configuration: () => ({
      options: shownOptions(options),
      governance: governanceOf(plan, line.isAside) ?? null,
      agent: { ...line.probe(), ...line.report() },
    }),
    told: (diagnosis) => line.diagnosed(diagnosis),
  });

  const { standing } = line;
  const lifecycle: Lifecycle | undefined =
    standing && !options.disabled.has('lifecycle')
      ? createLifecycle({
          standing,
          governance: () => governanceOf(plan, line.isAside),
          admin: options.admin,
          metrics: () => prometheusPage(ownMetrics?.metrics(line.report()) ?? []),
          log,
          outside,
          onTurn: () => line.turned(),
          tellRest() {
            tellSeen();
            measure.finish();
          },
        })
      : undefined;
  reportPoints = installPoints({
    governor,
    lifecycle,
    options,
    log,
    outside,
    onTurn: () => line.turned(),
    listenEvents: {
      opened(address, server) {
        lifecycle?.opened(address, server);
        line.opened(address);
      },
      closed(address, server) {
        lifecycle?.closed(server);
        line.closed(address);
      },
    },
  });
  syncBuiltinESMExports();
  keepTickShape();
  return () => ({ ...line.probe(), ...line.report() });
}

/** Calls under way, by the service called. */
function inFlightOf(plan: Plan | undefined): Record<string, number> {
  const entries = [...(plan?.callees ?? [])].map(([service, { traffic }]) => [service, traffic.underWay] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0).slice(0, MAX_IN_FLIGHT));
}

/** The options that may be shown: all but the token, and what a URL may hold of secrets. */
function shownOptions({ token: _token, script, servers, disabled, ...rest }: Options): Record<string, unknown> {
  return { ...rest, servers: servers.map(({ origin }) => origin), disabled: [...disabled], script: script() };
}

/** What holds for this instance; nothing is switched off for one that stepped aside. */
function governanceOf(plan: Plan | undefined, isAside: boolean): Governance | undefined {
  if (!plan) return isAside ? { isOn: true, policy: DEFAULT_POLICY } : undefined;
  const { rules, self } = plan;
  return { isOn: rules.enabled, policy: policyOf(rules.policies, self.service) };
}
