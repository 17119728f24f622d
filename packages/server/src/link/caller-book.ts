import { type CallerStatus, FairwayError, type InstanceState, WIRE_VERSION } from '@fairway/model';
import type { AgentStream } from './agent-stream.ts';
import type { Broadcaster } from './broadcaster.ts';
import type { Fleet } from './fleet.ts';
import { settled } from './settled.ts';

/** Questions about one instance that are held at a time; further ones are answered at once. */
const MAX_HELD = 8;
const MAX_MISSING = 20;

/**
 * Which callers know the state of an instance: the connected agents that are told of its service, itself excepted, and those of them that acknowledged a revision of the link that says so. One that disconnects does not count any more:
 * it learns of it with the first update of its next stream.
 */
export class CallerBook {
  readonly #fleet: Fleet;
  readonly #broadcaster: Broadcaster;
  readonly #held = new Map<string, number>();

  constructor(fleet: Fleet, broadcaster: Broadcaster) {
    this.#fleet = fleet;
    this.#broadcaster = broadcaster;
  }

  /**
   * How many callers know; held until all do, or `signal` is aborted.
   * @throws FairwayError FAIRWAY_NOT_FOUND, FAIRWAY_CONFLICT: it is not in that state
   */
  async status(id: string, state: InstanceState, signal: AbortSignal): Promise<CallerStatus> {
    const { service } = this.#fleet.instance(id);
    const revision = this.#fleet.revisionOf(id, state);
    if (revision === undefined) throw new FairwayError('FAIRWAY_CONFLICT', `instance ${id} is not ${state}`);
    const has = (stream: AgentStream) => stream.acknowledged >= revision;
    const callers = () =>
      [...this.#broadcaster.streams.following(service)].filter(({ owner }) => owner.instance !== id);
    const missing = () => callers().filter((stream) => !has(stream));
    await this.#hold(id, missing, has, signal);
    const left = missing().map(({ owner }) => owner.instance);
    const count = callers().length;
    return {
      version: WIRE_VERSION,
      callers: count,
      acknowledged: count - left.length,
      missing: left.slice(0, MAX_MISSING),
    };
  }

  /** Callers may come while it waits: they are waited for as well. */
  async #hold(id: string, missing: () => AgentStream[], has: (stream: AgentStream) => boolean, signal: AbortSignal) {
    const held = this.#held.get(id) ?? 0;
    if (held >= MAX_HELD) return;
    this.#held.set(id, held + 1);
    for (let pending = missing(); pending.length > 0 && !signal.aborted; pending = missing()) {
      await settled(this.#broadcaster, new Set(pending), { has }, signal);
    }
    const left = (this.#held.get(id) ?? 1) - 1;
    if (left > 0) this.#held.set(id, left);
    else this.#held.delete(id);
  }
}
