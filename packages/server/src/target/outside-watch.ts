import { type GateAnswer, gateOf, hasEnded } from '@fairway/control';
import type { Release, ReleaseMetric, ReleaseState } from '@fairway/model';
import { gateAnswer, metricValue } from './question.ts';
import type { Target, Targets } from './target.ts';

/** Each is asked so often, and an answer is good for so long. */
const EVERY_MS = 2_000;
const GOOD_MS = 15_000;

interface Answer<T> {
  askedMs: number;
  answeredMs: number;
  value: T | null;
  isAsking: boolean;
}

/** What is known of a release from outside: its metrics and the gate of its step. Asked in the background, never waited for. */
export class OutsideWatch {
  readonly #targets: Targets;
  readonly #nowMs: () => number;
  readonly #failed: (what: string, error: unknown) => void;
  readonly #answers = new Map<string, Answer<number | GateAnswer>>();

  /** `failed`: told of each question without an answer. */
  constructor(targets: Targets, nowMs: () => number, failed: (what: string, error: unknown) => void) {
    this.#targets = targets;
    this.#nowMs = nowMs;
    this.#failed = failed;
  }

  /** What is known now; asks again what was not asked for a while. */
  of(key: string, release: Release, state: ReleaseState) {
    const metrics = (release.spec.metrics ?? []).map((metric) => this.#metric(key, metric, release));
    return { metrics, gate: this.#gate(key, release, state) };
  }

  /** A release ended. */
  forget(key: string): void {
    for (const name of this.#answers.keys()) if (name.startsWith(`${key} `)) this.#answers.delete(name);
  }

  #metric(key: string, metric: ReleaseMetric, release: Release): number | null {
    const value = this.#answer(`${key} metric ${metric.name}`, metric.target, (target) =>
      metricValue(target, metric, release),
    );
    return typeof value === 'number' ? value : null;
  }

  #gate(key: string, release: Release, state: ReleaseState): GateAnswer | null {
    const name = gateOf(release, state);
    if (name === undefined || hasEnded(state)) return null;
    const value = this.#answer(`${key} gate ${state.step}`, name, (target) =>
      gateAnswer(target, release, state, this.#nowMs()),
    );
    return typeof value === 'object' ? value : null;
  }

  /** The last answer, while it is good; a new one is asked for when it is time. */
  #answer(name: string, of: string, question: (target: Target) => Promise<number | GateAnswer | null>) {
    const target = this.#targets.get(of);
    if (!target) return null;
    const nowMs = this.#nowMs();
    const never = Number.NEGATIVE_INFINITY;
    const known = this.#answers.get(name) ?? { askedMs: never, answeredMs: never, value: null, isAsking: false };
    this.#answers.set(name, known);
    if (!known.isAsking && nowMs - known.askedMs >= EVERY_MS) {
      known.isAsking = true;
      known.askedMs = nowMs;
      void this.#ask(known, name, of, () => question(target));
    }
    return nowMs - known.answeredMs <= GOOD_MS ? known.value : null;
  }

  async #ask(
    known: Answer<number | GateAnswer>,
    name: string,
    of: string,
    question: () => Promise<number | GateAnswer | null>,
  ): Promise<void> {
    try {
      known.value = await question();
      known.answeredMs = this.#nowMs();
    } catch (error) {
      this.#failed(`${name}: target ${of} gave no answer; it will be asked again`, error);
    } finally {
      known.isAsking = false;
    }
  }
}
