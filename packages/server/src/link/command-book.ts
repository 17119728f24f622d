import { type Command, type Instance, type InstanceState, WIRE_VERSION } from '@fairway/model';
import type { StreamIndex } from './stream-index.ts';

type Kind = Command['kind'];

/** The state of an instance that did what it was told. */
const DONE: Readonly<Record<Kind, InstanceState>> = { drain: 'draining', resume: 'ready' };

/**
 * What instances were told to do and did not do yet, the last of each. Told at once and with each new stream, also of a
 * control plane that started anew since.
 */
export class CommandBook {
  readonly #streams: StreamIndex;
  readonly #given: (id: string) => void;
  readonly #pending = new Map<string, Kind>();

  /** `given`: an instance was told something that a restart must remember. */
  constructor(streams: StreamIndex, given: (id: string) => void) {
    this.#streams = streams;
    this.#given = given;
  }

  /** Takes in what was told before a restart. */
  restore(id: string, kind: Kind): void {
    this.#pending.set(id, kind);
  }

  /** What an instance was told and did not do yet; null: nothing. */
  pending(id: string): Kind | null {
    return this.#pending.get(id) ?? null;
  }

  /** Nothing is told to an instance that is so already, unless it was told something else before. */
  give({ id, state }: Instance, kind: Kind): void {
    if (state === DONE[kind] && !this.#pending.has(id)) return;
    this.#pending.set(id, kind);
    this.#given(id);
    this.opened(id);
  }

  /** A stream of the instance is open. */
  opened(id: string): void {
    const kind = this.#pending.get(id);
    if (kind !== undefined) this.#streams.get(id)?.command({ version: WIRE_VERSION, kind });
  }

  /** The state of an instance changed; undefined: it is gone. */
  changed(id: string, instance: Instance | undefined): void {
    const kind = this.#pending.get(id);
    if (kind !== undefined && (!instance || instance.state === DONE[kind])) this.#pending.delete(id);
  }
}
