import { type Instance, type InstanceState, namespaceOfService } from '@fairway/model';
import type { InstanceChange } from './change.ts';
import { addressesOf, InstanceIndex } from './instance-index.ts';
import { isMassLoss, LEASE_DEFAULTS, type LeaseOptions } from './lease.ts';

/** `registered` and `state` are what the instance said, `restored` what the store remembers; the others are what became of its lease. */
export interface DirectoryChange extends InstanceChange {
  readonly what: 'registered' | 'state' | 'restored' | 'suspect' | 'back' | 'gone';
}

/** The lease of one instance. */
export interface Lease {
  readonly connected: boolean;
  /** When it was first known here, in the clock of the caller. */
  readonly sinceMs: number;
  /** Since when traffic can reach it: its first `ready` since it started. null: it was not ready, or nothing is known. */
  readonly readySinceMs: number | null;
}

/** An instance that is remembered over a restart, and since when it was ready. */
export interface Remembered {
  readonly instance: Instance;
  /** In the clock of the caller; null: not known. One that is ready then counts as ready for long. */
  readonly readySinceMs: number | null;
}

interface Member {
  readonly sinceMs: number;
  readySinceMs: number | null;
  /** The stream that holds the lease; null: none is open. */
  stream: number | null;
  /** When it is gone unless a stream opens before; null while connected. */
  deadlineMs: number | null;
  /** Remembered over a restart, and taken to be well although no stream is open yet. */
  isTrusted: boolean;
  /** Its stream ended, or has not come back after a restart. */
  isLost: boolean;
}

/** The longest warm-up: who has been ready for longer has its full share. */
const LONGEST_WARMUP_MS = 3_600_000;

const NOTHING: readonly DirectoryChange[] = [];

/**
 * The instances and their leases. An open stream is the lease: when it ends, the instance is suspect at once and gone
 * after a grace period.
 *
 * Self-preservation: while a mass loss lasts ({@link isMassLoss}), no lost instance is removed, however long it takes. It
 * ends when so many are back (or replaced by others) that the share of lost ones is no mass loss any more, or when an
 * operator says so ({@link Directory.release}); those still missing then stay suspect for one more grace period, which
 * begins anew with each that returns: a large fleet needs a while.
 *
 * Time is an argument: milliseconds of any clock that does not go back. Each method returns what changed.
 */
export class Directory {
  readonly instances = new InstanceIndex();
  readonly #options: LeaseOptions;
  readonly #members = new Map<string, Member>();
  /** Those without a stream. */
  readonly #waiting = new Set<string>();
  /** Those of them that count for self-preservation. */
  readonly #lost = new Set<string>();
  #connected = 0;
  #preservedSinceMs: number | null = null;
  #released = false;
  /** Lost ones are kept until then, and each that returns before `#returnedMs` keeps the others longer. */
  #keptMs = 0;
  /** Restored ones are trusted until then, and each that returns before `#restoredMs` makes that longer. */
  #trustedMs = 0;
  #restoredMs = 0;
  #returnedMs = 0;

  constructor(options: Partial<LeaseOptions> = {}) {
    this.#options = { ...LEASE_DEFAULTS, ...options };
  }

  lease(id: string): Lease | undefined {
    const member = this.#members.get(id);
    return member && { connected: member.stream !== null, sinceMs: member.sinceMs, readySinceMs: member.readySinceMs };
  }

  /** How long an instance has been ready, in milliseconds; undefined: for longer than any warm-up, or it is not ready. */
  readyForMs(id: string, nowMs: number): number | undefined {
    const readySinceMs = this.#members.get(id)?.readySinceMs ?? null;
    if (readySinceMs === null || this.instances.get(id)?.state !== 'ready') return undefined;
    const elapsedMs = Math.max(0, Math.floor(nowMs - readySinceMs));
    return elapsedMs < LONGEST_WARMUP_MS ? elapsedMs : undefined;
  }

  /** The state of self-preservation, and the numbers that decide on it. */
  preservation(): { readonly sinceMs: number | null; readonly connected: number; readonly lost: number } {
    return { sinceMs: this.#preservedSinceMs, connected: this.#connected, lost: this.#lost.size };
  }

  /**
   * Takes in what the store remembers. They are taken to be well for as long as others return: were they suspect, the first
   * to return would get the traffic of all, and each return would have to be told to all callers.
   */
  restore(remembered: Iterable<Remembered>, nowMs: number): readonly DirectoryChange[] {
    this.#trustedMs = nowMs + this.#options.restoredTrustMs;
    this.#restoredMs = nowMs + this.#options.returnMs;
    const changes: DirectoryChange[] = [];
    for (const { instance, readySinceMs } of remembered) {
      this.#members.set(instance.id, {
        sinceMs: nowMs,
        readySinceMs,
        stream: null,
        deadlineMs: nowMs + this.#options.restoredGraceMs,
        isTrusted: true,
        isLost: true,
      });
      this.#waiting.add(instance.id);
      this.#put(marked(instance, false));
      changes.push(changeOf('restored', instance));
    }
    this.#weigh(nowMs);
    return changes;
  }

  /**
   * Announces an instance, or replaces what was announced under its id. Lost instances of the same namespace that held
   * one of its addresses are gone at once: it stands in their place. What was announced before in the same words is no
   * change: agents that return after a fault say what is known.
   */
  register(instance: Instance, nowMs: number): readonly DirectoryChange[] {
    if (instance.state === 'gone') return this.remove(instance.id, nowMs);
    const changes = this.#replaced(instance);
    const before = this.instances.get(instance.id);
    if (before && before.service !== instance.service) changes.push(changeOf('gone', before));
    if (!before) this.#enlist(instance.id, nowMs);
    const after = marked(instance, before?.suspect === true);
    if (before && isSame(before, after)) return changes;
    this.#turned(instance.id, before?.state, instance.state, nowMs);
    this.#put(after);
    this.#weigh(nowMs);
    return [...changes, changeOf('registered', instance)];
  }

  /** The instance says how it is; `gone` removes it at once. Nothing happens when it is not known or nothing is new. */
  setState(id: string, state: InstanceState, nowMs: number): readonly DirectoryChange[] {
    const instance = this.instances.get(id);
    if (!instance || instance.state === state) return NOTHING;
    if (state === 'gone') return this.remove(id, nowMs);
    this.#turned(id, instance.state, state, nowMs);
    this.#put({ ...instance, state });
    this.#weigh(nowMs);
    return [changeOf('state', instance)];
  }

  /** A stream of the instance opened and holds the lease from now on, in place of an earlier one. */
  open(id: string, stream: number, nowMs: number): readonly DirectoryChange[] {
    const member = this.#members.get(id);
    const instance = this.instances.get(id);
    if (!member || !instance) return NOTHING;
    if (member.stream === null) this.#connected++;
    member.stream = stream;
    const { isLost } = member;
    Object.assign(member, { deadlineMs: null, isTrusted: false, isLost: false });
    this.#waiting.delete(id);
    const changes = instance.suspect ? [changeOf('back', instance)] : NOTHING;
    this.#put(marked(instance, false));
    this.#weigh(nowMs);
    if (isLost) this.#prolong(nowMs);
    return changes;
  }

  /** A stream ended. Of effect only when it is the one that holds the lease. */
  close(id: string, stream: number, nowMs: number): readonly DirectoryChange[] {
    const member = this.#members.get(id);
    const instance = this.instances.get(id);
    if (!member || !instance || member.stream !== stream) return NOTHING;
    member.stream = null;
    this.#connected--;
    if (this.#isServedByAnother(instance)) return this.remove(id, nowMs);
    Object.assign(member, { deadlineMs: nowMs + this.#options.graceMs, isLost: true });
    this.#waiting.add(id);
    this.#put(marked(instance, true));
    this.#weigh(nowMs);
    return [changeOf('suspect', instance)];
  }

  /** Removes an instance at once, whatever its lease: it said `gone`, or an operator did. */
  remove(id: string, nowMs: number): readonly DirectoryChange[] {
    const instance = this.#forget(id);
    this.#weigh(nowMs);
    return instance ? [changeOf('gone', instance)] : NOTHING;
  }

  /** Doubts those that are not back in time, and removes those whose time is up. To be called about every second. */
  tick(nowMs: number): readonly DirectoryChange[] {
    const changes: DirectoryChange[] = [];
    for (const id of this.#waiting) {
      const member = this.#members.get(id) as Member;
      if (member.isTrusted && this.#trustedMs <= nowMs) changes.push(...this.#doubt(id, member));
      if (member.deadlineMs === null || member.deadlineMs > nowMs || this.#isPreserved(id, nowMs)) continue;
      const instance = this.#forget(id);
      if (instance) changes.push(changeOf('gone', instance));
    }
    if (changes.length > 0) this.#weigh(nowMs);
    return changes;
  }

  #doubt(id: string, member: Member): readonly DirectoryChange[] {
    member.isTrusted = false;
    const instance = this.instances.get(id);
    if (!instance) return NOTHING;
    this.#put(marked(instance, true));
    return [changeOf('suspect', instance)];
  }

  /** An operator says that the lost instances are really lost: they are removed after one more grace period. */
  release(nowMs: number): void {
    this.#released = this.#preservedSinceMs !== null;
    this.#endPreservation(nowMs);
    this.#returnedMs = 0;
    this.#keptMs = 0;
  }

  /** A lost one is back: so may others be soon. */
  #prolong(nowMs: number): void {
    const { graceMs, restoredTrustMs } = this.#options;
    this.#keptMs = Math.min(nowMs + graceMs, this.#returnedMs);
    this.#trustedMs = Math.max(this.#trustedMs, Math.min(nowMs + restoredTrustMs, this.#restoredMs));
  }

  #enlist(id: string, nowMs: number): void {
    const deadlineMs = nowMs + this.#options.graceMs;
    const lease = { stream: null, deadlineMs, isTrusted: false, isLost: false };
    this.#members.set(id, { sinceMs: nowMs, readySinceMs: null, ...lease });
    this.#waiting.add(id);
  }

  /** The first `ready` counts; one that starts again is as cold as a new one. */
  #turned(id: string, before: InstanceState | undefined, state: InstanceState, nowMs: number): void {
    const member = this.#members.get(id) as Member;
    if (state === 'starting') member.readySinceMs = null;
    else if (state === 'ready' && before !== 'ready') member.readySinceMs ??= nowMs;
  }

  #forget(id: string): Instance | undefined {
    if (this.#members.get(id)?.stream != null) this.#connected--;
    this.#members.delete(id);
    this.#waiting.delete(id);
    this.#lost.delete(id);
    return this.instances.remove(id);
  }

  #put(instance: Instance): void {
    this.instances.set(instance);
    if (this.#members.get(instance.id)?.isLost && instance.state !== 'draining') this.#lost.add(instance.id);
    else this.#lost.delete(instance.id);
  }

  #replaced(instance: Instance): DirectoryChange[] {
    const changes: DirectoryChange[] = [];
    for (const id of this.#sharing(instance)) {
      if (this.#members.get(id)?.stream != null) continue;
      const old = this.#forget(id);
      if (old) changes.push(changeOf('gone', old));
    }
    return changes;
  }

  #isServedByAnother(instance: Instance): boolean {
    return this.#sharing(instance).some((id) => this.#members.get(id)?.stream != null);
  }

  /** Others of the same namespace that listen on an address of this one. */
  #sharing(instance: Instance): string[] {
    const ids = addressesOf(instance).flatMap((address) => this.instances.idsAt(address));
    return [...new Set(ids)].filter((id) => id !== instance.id && this.#isNeighbour(id, instance));
  }

  #isNeighbour(id: string, instance: Instance): boolean {
    return spaceOf(this.instances.get(id)) === spaceOf(instance);
  }

  #isPreserved(id: string, nowMs: number): boolean {
    return (this.#preservedSinceMs !== null || nowMs < this.#keptMs) && this.#lost.has(id);
  }

  #weigh(nowMs: number): void {
    const isMass = isMassLoss(this.#connected, this.#lost.size, this.#options);
    if (!isMass) {
      this.#released = false;
      if (this.#preservedSinceMs !== null) this.#endPreservation(nowMs);
    } else if (!this.#released) this.#preservedSinceMs ??= nowMs;
  }

  #endPreservation(nowMs: number): void {
    this.#preservedSinceMs = null;
    this.#returnedMs = nowMs + this.#options.returnMs;
    for (const id of this.#lost) (this.#members.get(id) as Member).deadlineMs = nowMs + this.#options.graceMs;
  }
}

function spaceOf(instance: Instance | undefined): string | undefined {
  return instance && namespaceOfService(instance.service);
}

function marked(instance: Instance, suspect: boolean): Instance {
  const { suspect: _before, ...rest } = instance;
  return suspect ? { ...rest, suspect: true } : rest;
}

/** Whether two say the same; the same in another order counts as different. */
function isSame(a: Instance, b: Instance): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function changeOf(what: DirectoryChange['what'], instance: Instance): DirectoryChange {
  return { type: 'instance', what, id: instance.id, service: instance.service };
}
