import type { AsyncResource } from 'node:async_hooks';
import { setTimeout } from 'node:timers';
import type { PointReport } from '@fairway/model';
import type { Governor } from './govern/governor.ts';
import { Meter } from './govern/meter.ts';
import { createHook, type Hook } from './hook.ts';
import { keepInCallbackQueues } from './intercept/callback-queue.ts';
import { type WatchEmitters, watchEmitters } from './intercept/emitter-class.ts';
import { interceptGrpcQueue } from './intercept/grpc-queue.ts';
import { interceptHttpAgent } from './intercept/http-agent.ts';
import { interceptHttpRequest } from './intercept/http-request.ts';
import { interceptHttp2Client } from './intercept/http2-client.ts';
import { interceptHttp2Server } from './intercept/http2-server.ts';
import { interceptInbound } from './intercept/inbound.ts';
import { interceptListen, type ListenEvents } from './intercept/listen.ts';
import { interceptUndici } from './intercept/undici.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { Log } from './log.ts';
import type { Options, Switch } from './option.ts';
import { disabledReport, pointReport } from './report.ts';

/** What the points of interception need. */
export interface PointDeps {
  readonly governor: Governor;
  readonly options: Pick<Options, 'disabled' | 'budgetUs'>;
  readonly log: Log;
  /** Outside of all requests: what is done on behalf of none, or waits, keeps the context of none. */
  readonly outside: AsyncResource;
  /** undefined: it is switched off, or this is a worker thread. */
  readonly lifecycle: Lifecycle | undefined;
  readonly listenEvents: ListenEvents;
  /** A point was turned off or on. */
  onTurn(): void;
}

type Intercept = (governor: Governor, hook: Hook, watch: WatchEmitters) => void;

/** Takes hold of Node.js at all points that are not switched off. Returns how they are. */
export function installPoints(deps: PointDeps): () => PointReport[] {
  const { governor, options, log, outside, lifecycle, listenEvents, onTurn } = deps;
  const watch = watchEmitters();
  const reports: (() => PointReport)[] = [];

  function install(name: Switch, ...intercepts: Intercept[]): void {
    if (options.disabled.has(name)) {
      reports.push(() => disabledReport(name));
      return;
    }
    const hook = createHook(name, log, {
      wake: (afterMs, then) => outside.runInAsyncScope(() => setTimeout(then, afterMs).unref()),
      onTurn: () => outside.runInAsyncScope(onTurn),
    });
    const meter = new Meter(options.budgetUs, () => hook.trip('decisions that take longer than FAIRWAY_BUDGET_US'));
    reports.push(() => pointReport({ hook, meter }));
    for (const intercept of intercepts) hook.attempt(() => intercept(governor.at(meter), hook, watch));
  }

  install('http', interceptHttpAgent, interceptHttpRequest);
  install('undici', interceptUndici);
  install('http2', interceptHttp2Client);
  install('grpc', interceptGrpcQueue);
  install('inbound', interceptInbound, interceptHttp2Server, keepInCallbackQueues);
  install('tcp', (own, hook) =>
    interceptListen(
      {
        opened: (address, server) => outside.runInAsyncScope(() => listenEvents.opened(address, server)),
        closed: (address, server) => outside.runInAsyncScope(() => listenEvents.closed(address, server)),
      },
      own,
      hook,
    ),
  );
  const own = new Meter();
  if (lifecycle) reports.push(() => pointReport({ hook: lifecycle.hook, meter: own }));
  else if (options.disabled.has('lifecycle')) reports.push(() => disabledReport('lifecycle'));
  return () => reports.map((report) => report());
}
