import type { AgentStream } from './agent-stream.ts';
import type { Broadcaster } from './broadcaster.ts';
import { settled } from './settled.ts';

/** Published revisions that are remembered with the revision of the link that carries them. */
const MAX_POINTS = 4_096;

/** How far a revision of resources came. */
export interface Propagation {
  readonly revision: number;
  /** Agents connected when it was asked, or left of them. */
  readonly agents: number;
  readonly acknowledged: number;
  /** Ids of the instances whose agents have not acknowledged it. */
  readonly pending: readonly string[];
}

/**
 * Which agents have which revision. The API counts changes of resources, over restarts; the link counts what it sends,
 * within one process. Here the one is translated into the other.
 */
export class PropagationBook {
  readonly #broadcaster: Broadcaster;
  #points: { readonly link: number; readonly resource: number }[] = [];

  constructor(broadcaster: Broadcaster) {
    this.#broadcaster = broadcaster;
  }

  /** A revision of resources is carried by a revision of the link. */
  published(resource: number, link: number): void {
    this.#points.push({ link, resource });
    if (this.#points.length > 2 * MAX_POINTS) this.#points = this.#points.slice(-MAX_POINTS);
  }

  /** The revision of resources that an agent acknowledged; null: none yet. */
  acknowledgedBy(stream: AgentStream): number | null {
    if (stream.acknowledged === 0) return null;
    const latest = this.#points.at(-1);
    if (latest && hasReached(stream, latest.link)) return latest.resource;
    return this.#points.findLast(({ link }) => link <= stream.acknowledged)?.resource ?? null;
  }

  /** Waits until every agent that is connected now has acknowledged a revision of resources, or `signal` is aborted. */
  async wait(revision: number, namespace: string | undefined, signal: AbortSignal): Promise<Propagation> {
    const link = this.#points.find(({ resource }) => resource >= revision)?.link ?? 0;
    const { streams } = this.#broadcaster;
    const asked = namespace === undefined ? streams.all() : [...streams.toldOf(namespace)];
    const agents = new Set(asked);
    const pending = new Set(asked.filter((stream) => !hasReached(stream, link)));
    const awaited = {
      has: (stream: AgentStream) => hasReached(stream, link),
      ended: (stream: AgentStream) => void agents.delete(stream),
    };
    await settled(this.#broadcaster, pending, awaited, signal);
    const left = [...pending].map((stream) => stream.owner.instance);
    return { revision, agents: agents.size, acknowledged: agents.size - left.length, pending: left };
  }
}

/** An agent has a revision when it acknowledged it, or all it was sent, which then holds nothing of it for that agent. */
function hasReached(stream: AgentStream, link: number): boolean {
  if (stream.acknowledged === 0) return false;
  return stream.acknowledged >= link || (stream.acknowledged >= stream.written && !stream.isBehind);
}
