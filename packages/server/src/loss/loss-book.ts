import { type DirectoryChange, versionOf } from '@fairway/control';
import type { Instance, LedgerReport, TransitionKind } from '@fairway/model';
import type { LossLine } from '../store/store.ts';

/** Instances that are gone whose releases are remembered for what is still reported of them. */
const MAX_GONE = 4_096;
/** What happened longer ago is told as if it had been then. */
const MAX_AGO_MS = 86_400_000;

interface Known {
  readonly service: string;
  readonly release: string;
  readonly last: TransitionKind;
}

/** Where lines go. */
export interface LossSink {
  add(line: LossLine): void;
}

/**
 * Makes lines of the loss ledger of what the directory saw and of what agents report. Times are those of the control
 * plane: agents say how long ago something was. Each report counts once: reports of an instance are numbered upwards, and
 * begin anew only with a process that starts.
 */
export class LossBook {
  readonly #sink: LossSink;
  readonly #known = new Map<string, Known>();
  readonly #gone = new Map<string, Known>();
  readonly #reported = new Map<string, number>();

  constructor(sink: LossSink) {
    this.#sink = sink;
  }

  /** Takes in which reports the store holds. */
  restore(reported: ReadonlyMap<string, number>): void {
    for (const [id, seq] of reported) this.#reported.set(id, seq);
  }

  /** The directory changed. `instance`: as it is now; undefined: it is not there any more. */
  saw({ what, id, service }: DirectoryChange, instance: Instance | undefined, nowMs: number): void {
    if (what === 'gone') this.#sawGone(id, service, instance, nowMs);
    else if (instance && what === 'restored') this.#learn(instance, instance.state);
    else if (instance && what === 'suspect') this.#turned(instance, 'suspect', nowMs);
    else if (instance) this.#sawState(instance, what === 'back', nowMs);
  }

  /** A report of an instance that may make it. False: it was taken in before. */
  report({ instance: by, seq, transitions, counts }: LedgerReport, callerService: string, nowMs: number): boolean {
    if (seq <= (this.#reported.get(by) ?? 0)) return false;
    this.#reported.set(by, seq);
    for (const { agoMs, ...transition } of transitions) {
      const atMs = Math.round(nowMs - Math.min(agoMs, MAX_AGO_MS));
      const record = {
        type: 'transition',
        ...transition,
        release: this.#releaseOf(transition.instance),
        by,
        atMs,
      } as const;
      this.#sink.add({ record, seq, reporter: by });
    }
    for (const count of counts) {
      const seen = { release: this.#releaseOf(count.instance), caller: by, callerService, atMs: Math.round(nowMs) };
      this.#sink.add({ record: { type: 'count', ...count, ...seen }, seq, reporter: by });
    }
    return true;
  }

  #sawState(instance: Instance, isBack: boolean, nowMs: number): void {
    const last = this.#known.get(instance.id)?.last;
    if (isBack ? last !== 'suspect' : last === instance.state) return;
    if (instance.state === 'starting' && last !== 'suspect') this.#reported.delete(instance.id);
    this.#turned(instance, instance.state, nowMs, isBack ? 'back' : undefined);
  }

  #sawGone(id: string, service: string, instance: Instance | undefined, nowMs: number): void {
    const known = this.#known.get(id);
    if (instance || !known) return;
    this.#note(id, { ...known, service }, 'gone', nowMs);
    this.#known.delete(id);
    this.#gone.set(id, known);
    if (this.#gone.size <= MAX_GONE) return;
    const [first = ''] = this.#gone.keys();
    this.#gone.delete(first);
    this.#reported.delete(first);
  }

  #turned(instance: Instance, what: TransitionKind, nowMs: number, cause?: string): void {
    this.#note(instance.id, this.#learn(instance, what), what, nowMs, cause);
  }

  #learn(instance: Instance, last: TransitionKind): Known {
    const { id, service } = instance;
    const known = { service, release: versionOf(instance), last };
    this.#gone.delete(id);
    this.#known.set(id, known);
    return known;
  }

  #note(instance: string, { service, release }: Known, what: TransitionKind, nowMs: number, cause?: string): void {
    const seen = { instance, service, release, what, by: null, atMs: Math.round(nowMs) };
    const record = { type: 'transition', ...seen, ...(cause === undefined ? {} : { cause }) } as const;
    this.#sink.add({ record, seq: null, reporter: null });
  }

  #releaseOf(instance: string): string {
    return (this.#known.get(instance) ?? this.#gone.get(instance))?.release ?? '';
  }
}
