import { type Change, deltaUpdate, firstUpdate, fullUpdate, type Had, isEmptyUpdate } from '@fairway/control';
import type { Update } from '@fairway/model';
import type { AgentStream } from './agent-stream.ts';
import type { Fleet, Urgency } from './fleet.ts';
import { judge, type LivenessOptions } from './liveness.ts';
import { Sheaf } from './sheaf.ts';
import { StreamIndex } from './stream-index.ts';
import { updateEvent } from './update-event.ts';

/** Changes of instances wait so long for others, at least; more in a storm (see {@link Broadcaster}). */
const COALESCE_MS = 3;
/** After a flush, the next waits so long for each open stream … */
const PAUSE_MS_PER_STREAM = 0.2;
/** … and so many times as long as the last one took, but never longer than this. */
const PAUSE_PER_FLUSH = 4;
const MAX_PAUSE_MS = 1_000;
/** Agents spread acknowledgements and returns over so long for each open stream: what a busy processor needs for one. */
const PACE_MS_PER_STREAM = 0.3;
/** A small fleet need not. */
const MIN_PACE_MS = 100;

/**
 * Sends what changed to the streams that it concerns. Resource changes are written to all sockets before
 * {@link Broadcaster.changed} returns. The first change of an instance after a quiet time is sent within a few ms; those
 * that follow are gathered, so that a storm costs each stream few updates: five thousand streams and more are told once
 * a second. That an instance drains or its stream broke waits only for as long as keeps most of the processor free. An
 * update that is the same for many streams is made and serialized once.
 */
export class Broadcaster {
  readonly streams = new StreamIndex();
  /** Called when an acknowledgement came, or a stream ended. */
  readonly progress = new Set<(stream: AgentStream, ended: boolean) => void>();
  readonly #nowMs: () => number;
  /** Everything up to here was written to every stream that is not blocked. */
  #flushed = 0;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer is due. */
  #dueMs = 0;
  #flushMs = 0;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  readonly #answered = new Set<string>();
  #answerTimer: NodeJS.Immediate | null = null;
  #fleet: Fleet | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** To be called once, before anything else. */
  attach(fleet: Fleet): void {
    this.#fleet = fleet;
    this.#flushed = fleet.journal.revision;
  }

  changed(urgency: Urgency): void {
    if (urgency === 'now') {
      this.#flush();
      return;
    }
    const pauseMs = this.#pauseMs(urgency);
    const dueMs = this.#nowMs() + pauseMs;
    if (this.#timer && this.#dueMs <= dueMs) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#flush(), pauseMs);
  }

  /** An agent has answers to be sent: with the changes they came with, or else before the next turn of the event loop. */
  answered(id: string): void {
    const stream = this.streams.get(id);
    if (!stream) return;
    this.streams.follow(stream, this.#scene().fleet.subscription(id).services.keys());
    this.#answered.add(id);
    this.#answerTimer ??= setImmediate(() => this.#flushAnswers());
  }

  /** Takes a stream in and writes its first update. */
  open(stream: AgentStream, had: Had | null): void {
    const { fleet } = this.#scene();
    this.streams.add(stream);
    const subscription = fleet.subscription(stream.owner.instance);
    this.streams.follow(stream, subscription.services.keys());
    const first = firstUpdate(fleet.scene(), subscription, fleet.journal, had);
    if (!first.full && had) stream.acknowledged = had.revision;
    this.#answered.delete(stream.owner.instance);
    this.#send(stream, this.#event(first));
  }

  close(stream: AgentStream): void {
    this.streams.remove(stream);
    for (const listener of this.progress) listener(stream, true);
  }

  acknowledge(id: string, revision: number): void {
    const stream = this.streams.get(id);
    if (!stream) return;
    stream.acknowledge(revision, this.#nowMs());
    for (const listener of this.progress) listener(stream, false);
  }

  /**
   * Shows signs of life on the streams of one turn, of `turns`; not where something was written for less than `idleMs`.
   * Each stream has its turn, so that no moment is every stream's.
   */
  ping(turn: number, turns: number, idleMs: number): void {
    const nowMs = this.#nowMs();
    for (const stream of this.streams.all()) {
      if (stream.number % turns === turn && nowMs - stream.writtenMs >= idleMs) stream.ping(nowMs);
    }
  }

  /** Sends updates without content to idle agents, and drops streams whose agents do not acknowledge. Returns those. */
  examine(options: LivenessOptions): AgentStream[] {
    const dead: AgentStream[] = [];
    const idle: AgentStream[] = [];
    const nowMs = this.#nowMs();
    for (const stream of this.streams.all()) {
      const finding = judge(stream, nowMs, options);
      if (finding === 'dead') dead.push(stream);
      if (finding === 'probe') idle.push(stream);
    }
    if (idle.length > 0) this.#scene().fleet.journal.append([]);
    for (const stream of idle) this.#send(stream, this.#event(this.#delta(stream, [])));
    for (const stream of dead) stream.destroy();
    return dead;
  }

  /** This process stood still for so long: what agents did not do meanwhile is not their fault. */
  excuse(elapsedMs: number): void {
    for (const stream of this.streams.all()) stream.excuse(elapsedMs);
  }

  /** Drops streams whose agents have not read for so long. */
  dropStalled(stallMs: number): AgentStream[] {
    const latest = this.#nowMs() - stallMs;
    const stalled = this.streams
      .all()
      .filter(({ blockedSinceMs }) => blockedSinceMs !== null && blockedSinceMs < latest);
    for (const stream of stalled) stream.destroy();
    return stalled;
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#answerTimer) clearImmediate(this.#answerTimer);
    for (const stream of this.streams.all()) stream.end();
  }

  #flush(): void {
    const startMs = this.#nowMs();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const { fleet } = this.#scene();
    const changes = fleet.journal.since(this.#flushed);
    if (changes) this.#spread(changes);
    else for (const stream of this.streams.all()) this.#deliver(stream, () => this.#catchUp(stream));
    this.#flushed = fleet.journal.revision;
    this.#flushedAtMs = this.#nowMs();
    this.#flushMs = this.#flushedAtMs - startMs;
  }

  #pauseMs(urgency: Urgency): number {
    const forStreamsMs = urgency === 'soon' ? 0 : this.streams.size * PAUSE_MS_PER_STREAM;
    const pauseMs = Math.max(this.#flushMs * PAUSE_PER_FLUSH, forStreamsMs);
    return Math.max(COALESCE_MS, this.#flushedAtMs + Math.min(pauseMs, MAX_PAUSE_MS) - this.#nowMs());
  }

  #spread(changes: readonly Change[]): void {
    const sheaf = new Sheaf(changes);
    const concerned = new Set<AgentStream>();
    for (const namespace of sheaf.namespaces)
      for (const stream of this.streams.toldOf(namespace)) concerned.add(stream);
    for (const service of sheaf.services) for (const stream of this.streams.following(service)) concerned.add(stream);
    for (const id of this.#answered) {
      const stream = this.streams.get(id);
      if (stream) concerned.add(stream);
    }
    const events = new Map<string, string>();
    const { revision } = this.#scene().fleet.journal;
    for (const stream of concerned) {
      if (stream.written < revision) this.#deliver(stream, () => this.#eventFor(stream, sheaf, events));
    }
    this.#answered.clear();
  }

  /** The event for a stream; taken from those already made when it has nothing of its own in it. */
  #eventFor(stream: AgentStream, sheaf: Sheaf, events: Map<string, string>): string {
    const part = sheaf.partOf(this.streams.servicesOf(stream), this.streams.namespacesOf(stream));
    if (this.#answered.has(stream.owner.instance)) return this.#event(this.#delta(stream, part.changes()));
    const key = `${stream.owner.namespace} ${part.key}`;
    const made = events.get(key) ?? this.#event(this.#delta(stream, part.changes()));
    events.set(key, made);
    return made;
  }

  #flushAnswers(): void {
    this.#answerTimer = null;
    const changes = this.#scene().fleet.journal.since(this.#flushed);
    for (const id of this.#answered) {
      const stream = this.streams.get(id);
      if (!stream) continue;
      this.#deliver(stream, () => (changes ? this.#event(this.#delta(stream, changes)) : this.#catchUp(stream)));
    }
    this.#answered.clear();
  }

  #deliver(stream: AgentStream, event: () => string): void {
    if (stream.isBlocked) stream.isBehind = true;
    else this.#send(stream, event());
  }

  #send(stream: AgentStream, event: string): void {
    const { revision } = this.#scene().fleet.journal;
    stream.isBehind = false;
    stream.send(event, revision, this.#nowMs(), () => {
      if (stream.isBehind) this.#send(stream, this.#catchUp(stream));
    });
  }

  #event(update: Update): string {
    const paceMs = Math.round(this.streams.size * PACE_MS_PER_STREAM);
    const { directory } = this.#scene().fleet;
    const nowMs = this.#nowMs();
    return updateEvent(update, paceMs < MIN_PACE_MS ? 0 : paceMs, (id) => directory.readyForMs(id, nowMs));
  }

  #delta(stream: AgentStream, changes: readonly Change[]): Update {
    const { fleet } = this.#scene();
    return deltaUpdate(fleet.scene(), fleet.subscription(stream.owner.instance), changes, stream.written);
  }

  /** What a stream missed while its socket was full. */
  #catchUp(stream: AgentStream): string {
    const { fleet } = this.#scene();
    const scene = fleet.scene();
    const subscription = fleet.subscription(stream.owner.instance);
    const had = { epoch: fleet.epoch, revision: stream.written };
    const update = firstUpdate(scene, subscription, fleet.journal, had);
    return this.#event(isEmptyUpdate(update) ? fullUpdate(scene, subscription) : update);
  }

  #scene(): { readonly fleet: Fleet } {
    if (!this.#fleet) throw new Error('the broadcaster has no fleet');
    return { fleet: this.#fleet };
  }
}
