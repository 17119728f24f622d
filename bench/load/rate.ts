import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { Connection, written } from './connection.ts';
import { dueMs, nowMs, type Schedule } from './metronome.ts';
import type { RateOrder, RateOutcome } from './order.ts';

/** Time for the metronome's thread to start. */
const LEAD_MS = 100;
/** After the last request was due, so long is waited for answers. */
const PATIENCE_MS = 15_000;

/** Sends what is due as soon as a connection is free. */
class Sender {
  readonly #latencies: RecordableHistogram = createHistogram();
  readonly #lateness: RecordableHistogram = createHistogram();
  readonly #request: string;
  readonly #free: Connection[];
  readonly #waiting: number[] = [];
  readonly #answered: (count: number) => void;
  #good = 0;

  /** `answered`: told how many answers there are, at each. */
  constructor(request: string, connections: readonly Connection[], answered: (count: number) => void) {
    this.#request = request;
    this.#free = [...connections];
    this.#answered = answered;
  }

  due(atMs: number): void {
    this.#lateness.record(nanosecondsSince(atMs));
    this.#waiting.push(atMs);
    this.#sendNext();
  }

  outcome(requests: number): RateOutcome {
    return {
      requests,
      failed: requests - this.#good,
      p50Micros: this.#latencies.percentile(50) / 1000,
      p99Micros: this.#latencies.percentile(99) / 1000,
      maxMicros: this.#latencies.max / 1000,
      lateP50Micros: this.#lateness.percentile(50) / 1000,
      lateP99Micros: this.#lateness.percentile(99) / 1000,
    };
  }

  #sendNext(): void {
    const connection = this.#waiting.length > 0 ? this.#free.pop() : undefined;
    if (connection === undefined) return;
    const atMs = this.#waiting.shift() as number;
    connection.send(this.#request, (isGood) => {
      this.#latencies.record(nanosecondsSince(atMs));
      if (isGood) this.#good++;
      this.#free.push(connection);
      this.#sendNext();
      this.#answered(this.#latencies.count);
    });
  }
}

function nanosecondsSince(atMs: number): number {
  return Math.max(1, Math.round((nowMs() - atMs) * 1e6));
}

function follow(schedule: Schedule, request: string, connections: readonly Connection[]): Promise<RateOutcome> {
  const metronome = new Worker(new URL('./metronome.ts', import.meta.url), { workerData: schedule });
  return new Promise((resolve, reject) => {
    const finish = async () => {
      clearTimeout(patience);
      await metronome.terminate();
      resolve(sender.outcome(schedule.beats));
    };
    const lengthMs = LEAD_MS + schedule.beats * schedule.everyMs;
    const patience = setTimeout(finish, lengthMs + PATIENCE_MS);
    const sender = new Sender(request, connections, (count) => count === schedule.beats && finish());
    metronome.on('message', (n: number) => sender.due(dueMs(schedule, n)));
    metronome.on('error', reject);
  });
}

/** Open-loop load: requests are due at fixed times, whatever became of earlier ones. */
export async function sendAtRate(order: RateOrder): Promise<RateOutcome> {
  const { perSecond, seconds } = order;
  const connections = await Connection.open(order.url, order.connections);
  const everyMs = 1000 / perSecond;
  try {
    const schedule = { startMs: nowMs() + LEAD_MS, everyMs, beats: Math.round(perSecond * seconds) };
    return await follow(schedule, written(order), connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}
