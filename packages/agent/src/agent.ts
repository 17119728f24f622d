import { AsyncResource } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout } from 'node:timers';
import { isMainThread } from 'node:worker_threads';
import { createFirstCalls } from './govern/first-call.ts';
import { createGovernor } from './govern/governor.ts';
import { nextPlan, type Plan } from './govern/plan.ts';
import { createHook, type Hook } from './hook.ts';
import { interceptHttpAgent } from './intercept/http-agent.ts';
import { interceptHttpRequest } from './intercept/http-request.ts';
import { interceptHttp2Server } from './intercept/http2-server.ts';
import { interceptInbound } from './intercept/inbound.ts';
import { interceptListen } from './intercept/listen.ts';
import { interceptUndici } from './intercept/undici.ts';
import type { Line } from './link/line.ts';
import { createMainLine } from './link/main-line.ts';
import { createThreadLine } from './link/thread-line.ts';
import type { Log } from './log.ts';
import type { Options, Switch } from './option.ts';

/**
 * Starts the agent in this thread. Nothing is connected, read or compiled before the application listens or makes a call. Returns a probe
 * of its state.
 */
export function startAgent(options: Options, log: Log): () => unknown {
  const dice = Math.random;
  const outside = new AsyncResource('fairway');
  let plan: Plan | undefined;
  const line: Line = (isMainThread ? createMainLine : createThreadLine)(options, log, {
    changed(self, directory, change) {
      plan = nextPlan(self, directory, change, plan, dice);
      for (const address of change.addresses) firstCalls.answered(address);
    },
    down: () => firstCalls.releaseAll(),
    asked: () => firstCalls.asked,
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
    isLearning: () => line.isAnswering,
    firstCalls,
    dice,
  });

  const hooks: Hook[] = [];
  const install = (name: Switch, ...interceptions: ((hook: Hook) => void)[]) => {
    if (options.disabled.has(name)) return;
    // Outside of the request that failed: a wait would keep all of its context until it is over.
    const hook = createHook(name, log, {
      wake: (afterMs, then) => outside.runInAsyncScope(() => setTimeout(then, afterMs).unref()),
    });
    hooks.push(hook);
    for (const intercept of interceptions) hook.attempt(() => intercept(hook));
  };
  install(
    'http',
    (hook) => interceptHttpAgent(governor, hook),
    (hook) => interceptHttpRequest(governor, hook),
  );
  install('undici', (hook) => interceptUndici(governor, hook));
  install(
    'inbound',
    (hook) => interceptInbound(governor, hook),
    (hook) => interceptHttp2Server(governor, hook),
  );
  install('tcp', (hook) =>
    interceptListen(
      {
        opened: (address) => outside.runInAsyncScope(() => line.opened(address)),
        closed: (address) => outside.runInAsyncScope(() => line.closed(address)),
      },
      governor,
      hook,
    ),
  );
  syncBuiltinESMExports();
  return () => ({
    ...line.probe(),
    droppedLabels: governor.droppedLabels,
    hooks: hooks.map(({ name, errors, isOn, state, why }) => ({ name, errors, isOn, state, why })),
  });
}
