import type { ServerResponse } from 'node:http';
import type { Change, DirectoryChange, Had, LeaseOptions, ResourceChange, ResourceSet } from '@fairway/control';
import { FairwayError, type Instance } from '@fairway/model';
import { beginEventStream } from '../http/event-stream.ts';
import type { Membership } from '../store/store.ts';
import { AgentBook } from './agent-book.ts';
import { AgentStream, type StreamOwner } from './agent-stream.ts';
import { Broadcaster } from './broadcaster.ts';
import { CallerBook } from './caller-book.ts';
import { CommandBook } from './command-book.ts';
import { Fleet, type Urgency } from './fleet.ts';
import type { LivenessOptions } from './liveness.ts';
import { PropagationBook } from './propagation.ts';

/** Leases are looked at so often. */
const TICK_MS = 250;
/** When that comes so late, this process stood still: suspended, or too busy. */
const STOOD_STILL_MS = 2_000;
/** Signs of life are shown in so many turns. */
const PING_TURNS = 16;

export interface LinkOptions extends LivenessOptions {
  readonly epoch: string;
  readonly lease: Partial<LeaseOptions>;
  /** Between signs of life on a stream that is silent otherwise; half as long again at most. */
  readonly heartbeatMs: number;
  /** A stream whose agent does not read for so long is dropped. */
  readonly stallMs: number;
  readonly maxStreamsPerToken: number;
}

/** What the link needs of the rest of the server. */
export interface LinkParts {
  readonly resources: ResourceSet;
  readonly nowMs: () => number;
  readonly membershipChanged: (id: string) => void;
  readonly changed: (changes: readonly Change[]) => void;
  /** What the directory saw of an instance, and what it is now; undefined: not there any more. */
  readonly recorded: (change: DirectoryChange, instance: Instance | undefined) => void;
  readonly stalled: (instance: string) => void;
  /** The stream of an instance is open. */
  readonly opened: (instance: string) => void;
}

/** The agents' side of the control plane: the fleet, its streams, and the timers that keep both. */
export class Link {
  readonly fleet: Fleet;
  readonly broadcaster: Broadcaster;
  readonly propagation: PropagationBook;
  readonly agents = new AgentBook();
  readonly commands: CommandBook;
  readonly callers: CallerBook;
  readonly #options: LinkOptions;
  readonly #parts: LinkParts;
  readonly #timers: NodeJS.Timeout[];
  #streams = 0;
  #turn = 0;
  #tickedMs: number;

  constructor(options: LinkOptions, parts: LinkParts) {
    this.#options = options;
    this.#parts = parts;
    this.#tickedMs = parts.nowMs();
    this.broadcaster = new Broadcaster(parts.nowMs);
    this.propagation = new PropagationBook(this.broadcaster);
    this.fleet = new Fleet(options.epoch, parts.resources, options.lease, {
      changed: (changes, urgency) => this.#changed(changes, urgency),
      recorded: (changes) => this.#recorded(changes),
      answered: (id) => this.broadcaster.answered(id),
      membership: parts.membershipChanged,
    });
    this.commands = new CommandBook(this.broadcaster.streams, parts.membershipChanged);
    this.callers = new CallerBook(this.fleet, this.broadcaster);
    this.broadcaster.attach(this.fleet);
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#ping(), options.heartbeatMs / PING_TURNS),
    ];
  }

  /** Takes in what the store remembers. To be called once, before streams open. `revision`: of the stored resources. */
  restore(memberships: readonly Membership[], revision: number): void {
    this.fleet.declare();
    this.fleet.restore(memberships, this.#parts.nowMs());
    for (const { instance, command } of memberships) if (command) this.commands.restore(instance.id, command);
    this.propagation.published(revision, 1);
  }

  /** Tells agents of changed resources; all streams have them when it returns. */
  publish(changes: readonly ResourceChange[], revision: number): void {
    this.propagation.published(revision, this.fleet.publish(changes));
  }

  /** Whether a token may hold one more stream, for an instance. @throws FairwayError FAIRWAY_RATE_LIMITED */
  admit(instance: string, token: string): void {
    const { streams } = this.broadcaster;
    const limit = this.#options.maxStreamsPerToken;
    if (streams.get(instance)?.owner.token === token || streams.ofToken(token).size < limit) return;
    throw new FairwayError('FAIRWAY_RATE_LIMITED', `the token holds ${limit} streams already, the most allowed`);
  }

  /** Opens the stream of an instance over a response, in place of an earlier one. */
  open(owner: StreamOwner, had: Had | null, response: ServerResponse): void {
    const before = this.broadcaster.streams.get(owner.instance);
    beginEventStream(response);
    const stream = new AgentStream(++this.#streams, owner, response);
    if (before) this.#leave(before);
    response.once('close', () => this.#drop(stream));
    this.broadcaster.open(stream, had);
    this.fleet.opened(owner.instance, stream.number, this.#parts.nowMs());
    this.commands.opened(owner.instance);
    this.#parts.opened(owner.instance);
  }

  membership(id: string): Membership | null {
    const known = this.fleet.directory.instances.get(id);
    if (!known) return null;
    const { suspect: _suspect, ...instance } = known;
    const { readySinceMs = null } = this.fleet.directory.lease(id) ?? {};
    const addresses = [...this.fleet.subscription(id).addresses.keys()];
    return { instance, readySinceMs, addresses, command: this.commands.pending(id) };
  }

  /** Ends the streams of a token that is no longer valid. */
  revoke(token: string): void {
    for (const stream of [...this.broadcaster.streams.ofToken(token)]) this.#drop(stream);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.broadcaster.end();
  }

  #leave(stream: AgentStream): void {
    this.broadcaster.close(stream);
    stream.end();
  }

  #drop(stream: AgentStream): void {
    this.#leave(stream);
    this.fleet.closed(stream.owner.instance, stream.number, this.#parts.nowMs());
  }

  #recorded(changes: readonly DirectoryChange[]): void {
    for (const change of changes) this.#parts.recorded(change, this.fleet.directory.instances.get(change.id));
  }

  #changed(changes: readonly Change[], urgency: Urgency): void {
    this.broadcaster.changed(urgency);
    for (const change of changes) {
      if (change.type !== 'instance') continue;
      const instance = this.fleet.directory.instances.get(change.id);
      this.commands.changed(change.id, instance);
      if (!instance) this.#gone(change.id);
    }
    this.#parts.changed(changes);
  }

  #ping(): void {
    this.#turn = (this.#turn + 1) % PING_TURNS;
    this.broadcaster.ping(this.#turn, PING_TURNS, this.#options.heartbeatMs / 2);
  }

  #gone(id: string): void {
    this.agents.forget(id);
    // Removed while its stream is open: the agent learns of it by registering again.
    const stream = this.broadcaster.streams.get(id);
    if (stream) this.#leave(stream);
  }

  #tick(): void {
    const nowMs = this.#parts.nowMs();
    const elapsedMs = nowMs - this.#tickedMs;
    this.#tickedMs = nowMs;
    if (elapsedMs > STOOD_STILL_MS) this.broadcaster.excuse(elapsedMs);
    this.fleet.tick(nowMs);
    const stalled = this.broadcaster.dropStalled(this.#options.stallMs);
    const dead = this.broadcaster.examine(this.#options);
    for (const stream of [...stalled, ...dead]) this.#parts.stalled(stream.owner.instance);
  }
}
