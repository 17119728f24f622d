import { setTimeout as delay } from 'node:timers/promises';

/** One stream of requests at a fixed rate. */
export interface Flow {
  readonly name: string;
  readonly perSecond: number;
  /** Told how long each request took that did not fail. */
  onDone?(sentMs: number, tookMs: number): void;
  send(id: number): Promise<void>;
}

/** A request that failed, as its sender saw it. */
export interface Failure {
  readonly flow: string;
  readonly id: number;
  /** `reset`, `refused`, `timeout`, `status-502` … */
  readonly why: string;
  /** Wall clock of this machine. */
  readonly sentMs: number;
  readonly failedMs: number;
}

/** What became of the requests of a flow. */
export interface Count {
  sent: number;
  failed: number;
}

const TICK_MS = 5;

/** Sends at fixed rates, whatever becomes of the requests before: a slow service is not given a rest. Resolves once all have ended after the signal. */
export async function runFlows(
  flows: readonly Flow[],
  signal: AbortSignal,
  onFailure: (failure: Failure) => void,
  counts: Record<string, Count> = {},
): Promise<Record<string, Count>> {
  const open = new Set<Promise<void>>();
  const startMs = performance.now();
  const starts = flows.map((flow) => {
    const count = { sent: 0, failed: 0 };
    counts[flow.name] = count;
    return { flow, count };
  });
  while (!signal.aborted) {
    const elapsedMs = performance.now() - startMs;
    for (const { flow, count } of starts) {
      const due = Math.floor((elapsedMs * flow.perSecond) / 1000);
      while (count.sent < due) {
        const one = sendOne(flow, count, onFailure);
        open.add(one);
        one.finally(() => open.delete(one));
      }
    }
    await delay(TICK_MS);
  }
  await Promise.all(open);
  return counts;
}

async function sendOne(flow: Flow, count: Count, onFailure: (failure: Failure) => void): Promise<void> {
  const id = count.sent++;
  const sentMs = Date.now();
  try {
    const startMs = performance.now();
    await flow.send(id);
    flow.onDone?.(sentMs, performance.now() - startMs);
  } catch (error) {
    count.failed++;
    onFailure({ flow: flow.name, id, why: reasonOf(error as Error & { code?: string }), sentMs, failedMs: Date.now() });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
};

function reasonOf({ code, message }: Error & { code?: string }): string {
  if (code !== undefined && code in REASONS) return REASONS[code] as string;
  return code ?? message;
}
