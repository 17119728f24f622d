import { randomUUID } from 'node:crypto';
import { type Diagnose, type DiagnosisKind, type DiagnosisReport, FairwayError, type Findings } from '@fairway/model';

/** Beyond the time that it takes, a process gets so long to answer. */
const GRACE_MS = 15_000;
/** Of all instances together: what comes in at one time is bounded. */
const MAX_RUNNING = 8;
const KEEP_MS = 15 * 60_000;
const MAX_KEPT = 64;
const MAX_KEPT_CHARS = 64 * 1024 * 1024;

/** `running`: asked for. `lost`: the process did not answer in time, or is gone. */
export type DiagnosisState = 'running' | 'done' | 'refused' | 'lost';

/** A diagnosis of one instance, and what came of it. */
export interface Diagnosis {
  readonly id: string;
  readonly instance: string;
  readonly service: string;
  readonly kind: DiagnosisKind;
  readonly seconds: number;
  readonly author: string;
  readonly startedMs: number;
  readonly state: DiagnosisState;
  /** Why there are no findings. */
  readonly why: string | null;
  readonly findings: Findings | null;
}

interface Entry {
  diagnosis: Diagnosis;
  chars: number;
  readonly settled: Set<() => void>;
}

/** What the diagnoses need of the rest of the server. */
export interface DiagnosisParts {
  readonly nowMs: () => number;
  /** Tells an instance; false: its stream is not open. */
  readonly tell: (instance: string, ask: Omit<Diagnose, 'version'>) => boolean;
}

/** The diagnoses of the last 15 minutes, in memory alone: at most 64, of 64 MiB together; the oldest go. */
export class DiagnosisBook {
  readonly #parts: DiagnosisParts;
  /** In the order of time. */
  readonly #entries = new Map<string, Entry>();

  constructor(parts: DiagnosisParts) {
    this.#parts = parts;
  }

  /**
   * Asks an instance.
   * @throws FairwayError FAIRWAY_CONFLICT: it is being looked at already, or away; FAIRWAY_RATE_LIMITED: too many are under way
   */
  start(asked: Pick<Diagnosis, 'instance' | 'service' | 'kind' | 'seconds' | 'author'>): Diagnosis {
    this.tick();
    const running = [...this.#entries.values()].filter(({ diagnosis }) => diagnosis.state === 'running');
    if (running.some(({ diagnosis }) => diagnosis.instance === asked.instance))
      throw new FairwayError(
        'FAIRWAY_CONFLICT',
        `instance ${asked.instance} is being diagnosed; wait until that is done`,
      );
    if (running.length >= MAX_RUNNING)
      throw new FairwayError('FAIRWAY_RATE_LIMITED', `${running.length} diagnoses are under way, the most allowed`);
    const id = randomUUID();
    const { instance, kind, seconds } = asked;
    if (!this.#parts.tell(instance, { id, kind, seconds }))
      throw new FairwayError('FAIRWAY_CONFLICT', `the agent of instance ${instance} is not connected`);
    const diagnosis: Diagnosis = {
      ...asked,
      id,
      startedMs: this.#parts.nowMs(),
      state: 'running',
      why: null,
      findings: null,
    };
    this.#entries.set(id, { diagnosis, chars: 0, settled: new Set() });
    return diagnosis;
  }

  /** What an agent found. What was not asked for, or came before, is passed over. `chars`: about its size. */
  report({ id, instance, findings, refused }: DiagnosisReport, chars: number): void {
    const entry = this.#entries.get(id);
    if (entry?.diagnosis.instance !== instance || entry.diagnosis.state !== 'running') return;
    if (findings?.[entry.diagnosis.kind]) this.#settle(entry, 'done', null, findings, chars);
    else this.#settle(entry, 'refused', refused ?? 'the agent found something else than what was asked for', null, 0);
    this.#bound();
  }

  /** A diagnosis as it is. @throws FairwayError FAIRWAY_NOT_FOUND */
  get(id: string): Diagnosis {
    return this.#entry(id).diagnosis;
  }

  /** A diagnosis once it is no longer running, or the signal is aborted. @throws FairwayError FAIRWAY_NOT_FOUND */
  async settled(id: string, signal: AbortSignal): Promise<Diagnosis> {
    const entry = this.#entry(id);
    if (entry.diagnosis.state === 'running' && !signal.aborted) {
      await new Promise<void>((resolve) => {
        entry.settled.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return entry.diagnosis;
  }

  /** Without what they found; the latest first. */
  list(instance?: string): Diagnosis[] {
    this.tick();
    const all = [...this.#entries.values()].map(({ diagnosis }) => ({ ...diagnosis, findings: null }));
    return all.filter((one) => instance === undefined || one.instance === instance).reverse();
  }

  /** An instance is gone: it will not answer. */
  forget(instance: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.diagnosis.instance === instance && entry.diagnosis.state === 'running')
        this.#settle(entry, 'lost', 'the instance is gone', null, 0);
    }
  }

  /** Gives up on those that do not answer, and forgets old ones. To be called about every second. */
  tick(): void {
    const nowMs = this.#parts.nowMs();
    for (const [id, entry] of this.#entries) {
      const { startedMs, seconds, state } = entry.diagnosis;
      if (nowMs - startedMs > KEEP_MS) this.#entries.delete(id);
      else if (state === 'running' && nowMs - startedMs > seconds * 1_000 + GRACE_MS)
        this.#settle(entry, 'lost', 'the agent did not answer: is it of a version that knows diagnoses?', null, 0);
    }
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no diagnosis ${id}; each is kept for 15 minutes`);
    return entry;
  }

  #settle(entry: Entry, state: DiagnosisState, why: string | null, findings: Findings | null, chars: number): void {
    entry.diagnosis = { ...entry.diagnosis, state, why, findings };
    entry.chars = chars;
    for (const resolve of entry.settled) resolve();
    entry.settled.clear();
  }

  #bound(): void {
    let kept = [...this.#entries.values()].reduce((sum, { chars }) => sum + chars, 0);
    for (const [id, { chars, diagnosis }] of this.#entries) {
      if (this.#entries.size <= MAX_KEPT && kept <= MAX_KEPT_CHARS) return;
      if (diagnosis.state === 'running') continue;
      kept -= chars;
      this.#entries.delete(id);
    }
  }
}
