import { setInterval } from 'node:timers';
import type { OfflinePolicy } from '@fairway/core';
import type { CallerStatus } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { Standing } from '../link/standing.ts';
import { isIdle, type Leaving, listenedMs, mayClose } from './leaving.ts';
import type { Traffic } from './traffic.ts';

/** What an instance that leaves has to do with. */
export interface DrainDeps {
  readonly traffic: Traffic;
  readonly standing: Standing;
  readonly policy: OfflinePolicy;
  /** Runs one step; whatever fails in it, is the agent's. */
  attempt(step: () => void): void;
  /** Has the control plane told what was seen and measured so far. */
  tellRest(): void;
}

/** An instance that leaves. */
export interface Drain {
  /** Nobody sends it anything any more, or the longest wait is over. */
  readonly isQuiet: boolean;
  readonly leaving: Leaving;
  /** Calls back once it is quiet. */
  whenQuiet(then: () => void): void;
  /** Stops listening, and calls back once the last requests are answered and the control plane was told; the process lives until then. */
  close(then: () => void): void;
  /** Takes the notice back. */
  cancel(): void;
}

const TICK_MS = 25;
/** After the listeners are closed: a request may be on its way on a connection that was kept. */
const LINGER_MS = 100;
/** The control plane is told for so long at most: of what was left to tell, and that the instance is gone. */
const REST_MS = 500;
const TELL_MS = 1000;
const ASK_EVERY_MS = 200;

/** Gives notice to the control plane and to all callers, and watches until it is quiet. `cause`: as the ledger has it. */
export function startDrain({ traffic, standing, policy, attempt, tellRest }: DrainDeps, cause: string): Drain {
  const startMs = nowMs();
  let status: CallerStatus | undefined;
  let askedMs = 0;
  let isAsking = false;
  let lookedMs = startMs;
  let quietMs = 0;
  /** Since the listeners were closed. */
  let lingeredMs: number | undefined;
  let toldMs: number | undefined;
  let isQuiet = false;
  const waiting: (() => void)[] = [];
  let ended: (() => void) | undefined;

  const load = traffic.load();
  standing.record({ what: 'draining', cause, inFlight: load.requests + load.streams });
  standing.declare('draining');
  traffic.notice();
  const timer = setInterval(() => attempt(step), TICK_MS).unref();

  function leaving(): Leaving {
    const callers = status && { all: status.callers, know: status.acknowledged };
    return { sinceMs: nowMs() - startMs, quietMs, load: traffic.load(), callers };
  }

  function ask(): void {
    const knowAll = status && status.callers > 0 && status.acknowledged >= status.callers;
    if (isAsking || knowAll || standing.registered !== 'draining' || nowMs() - askedMs < ASK_EVERY_MS) return;
    isAsking = true;
    askedMs = nowMs();
    standing.callers('draining').then((told) => {
      isAsking = false;
      status = told;
    });
  }

  function look(): void {
    const sinceLookMs = nowMs() - lookedMs;
    lookedMs += sinceLookMs;
    quietMs = Math.min(traffic.quietMs, listenedMs(quietMs, sinceLookMs));
    if (lingeredMs !== undefined) lingeredMs = listenedMs(lingeredMs, sinceLookMs);
  }

  function step(): void {
    look();
    traffic.remind();
    ask();
    const at = leaving();
    if (!isQuiet && mayClose(at, policy)) becomeQuiet(at);
    if (!ended || !isQuiet) return;
    if (lingeredMs === undefined) {
      lingeredMs = 0;
      traffic.closeListeners();
    }
    const isOver = at.sinceMs >= policy.maxWaitMs || (isIdle(at, policy) && lingeredMs >= LINGER_MS);
    if (isOver) tell(at);
  }

  function becomeQuiet(at: Leaving): void {
    isQuiet = true;
    if (!ended) record(at);
    for (const then of waiting.splice(0)) then();
  }

  function record({ load: { requests, streams }, callers }: Leaving): void {
    const heard = callers && { callers: callers.all, acknowledged: callers.know };
    const { served, failed } = traffic;
    standing.record({ what: 'quiet', cause, served, failed, cutOff: requests + streams, ...heard });
  }

  function tell(at: Leaving): void {
    if (toldMs === undefined) {
      toldMs = nowMs();
      record(at);
      tellRest();
    }
    const isAway = standing.registered !== 'draining' && standing.registered !== 'gone';
    const sinceToldMs = nowMs() - toldMs;
    const isAwaited = () => !standing.isTold && !isAway;
    if (isAwaited() && sinceToldMs < REST_MS) return;
    standing.declare('gone');
    if (isAwaited() && sinceToldMs < TELL_MS) return;
    clearInterval(timer);
    ended?.();
  }

  return {
    get isQuiet() {
      return isQuiet;
    },
    get leaving() {
      return leaving();
    },
    whenQuiet(then) {
      if (isQuiet) then();
      else waiting.push(then);
    },
    close(then) {
      ended = then;
      timer.ref();
    },
    cancel() {
      clearInterval(timer);
      traffic.resume();
      for (const then of waiting.splice(0)) then();
    },
  };
}
