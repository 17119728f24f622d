// A thread that says when to send: it sleeps until each beat of the schedule, to about 0.1 ms, where timers of the event
// loop only know whole milliseconds and come late when it is busy.
import { parentPort, workerData } from 'node:worker_threads';

/** When the beats of a schedule are, in ms of {@link nowMs}. */
export interface Schedule {
  readonly startMs: number;
  readonly everyMs: number;
  readonly beats: number;
}

/** A clock that all threads of a process share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** When beat `n` is due. */
export function dueMs({ startMs, everyMs }: Schedule, n: number): number {
  return startMs + n * everyMs;
}

function beat(schedule: Schedule): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (let n = 0; n < schedule.beats; n++) {
    const waitMs = dueMs(schedule, n) - nowMs();
    if (waitMs > 0) Atomics.wait(nobody, 0, 0, waitMs);
    parentPort?.postMessage(n);
  }
}

if (parentPort && workerData) beat(workerData as Schedule);
