import { clearTimeout, setTimeout } from 'node:timers';
import { nowMs } from '../clock.ts';
import type { Standing } from '../link/standing.ts';

/** Whether the callers of an instance that is ready can see it. */
export interface Sight {
  readonly isSeen: boolean;
  /** How many of them do not know it yet, as far as the control plane said. */
  readonly missing: number | undefined;
  /** It is not to be seen any more. */
  end(): void;
}

/** A caller that does not take what it is told keeps nobody out for longer. */
const MAX_WAIT_MS = 10_000;
const ASK_EVERY_MS = 200;

/** Asks the control plane until all callers know that the instance is ready. `attempt` guards what runs later. */
export function createSight(standing: Standing, attempt: (step: () => void) => void): Sight {
  let sinceMs: number | undefined;
  let isSeen = false;
  let missing: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function ask(): void {
    if (standing.registered !== 'ready') {
      again();
      return;
    }
    sinceMs ??= nowMs();
    standing.callers('ready').then((told) =>
      attempt(() => {
        missing = told && told.callers - told.acknowledged;
        isSeen = missing === 0 || nowMs() - (sinceMs ?? 0) >= MAX_WAIT_MS;
        if (!isSeen && !isOver) again();
      }),
    );
  }

  function again(): void {
    timer = setTimeout(() => attempt(ask), ASK_EVERY_MS).unref();
  }

  ask();
  return {
    get isSeen() {
      return isSeen;
    },
    get missing() {
      return missing;
    },
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
