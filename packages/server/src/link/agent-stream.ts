import type { ServerResponse } from 'node:http';
import { type Command, type Diagnose, type FollowKeys, type Pace, WIRE_VERSION } from '@fairway/model';

/** Whose stream it is. */
export interface StreamOwner {
  readonly instance: string;
  readonly namespace: string;
  readonly token: string;
}

/**
 * The socket side of one agent's stream. It holds at most one unsent update: while the socket is full nothing more is
 * written, what changes meanwhile is merged, and the agent is brought up to date when the socket drains.
 */
export class AgentStream {
  readonly owner: StreamOwner;
  readonly number: number;
  /** Revision of the last update written. */
  written = 0;
  /** When something was last written. */
  writtenMs = 0;
  /** Last revision that the agent said it routes by. 0: none yet. */
  acknowledged = 0;
  /** When the agent last acknowledged something. */
  heardMs = 0;
  /** Since when an acknowledgement is awaited; null: it acknowledged all that was written. */
  awaitedSinceMs: number | null = null;
  /** Something changed that could not be written. */
  isBehind = false;
  #blockedSinceMs: number | null = null;
  readonly #response: ServerResponse;

  constructor(number: number, owner: StreamOwner, response: ServerResponse) {
    this.number = number;
    this.owner = owner;
    this.#response = response;
  }

  get isBlocked(): boolean {
    return this.#blockedSinceMs !== null;
  }

  /** Since when the agent does not read what is sent; null: it reads. */
  get blockedSinceMs(): number | null {
    return this.#blockedSinceMs;
  }

  /** `drained`: called once, when the socket takes more after this write filled it. */
  send(event: string, revision: number, nowMs: number, drained: () => void): void {
    this.written = revision;
    this.writtenMs = nowMs;
    this.awaitedSinceMs ??= nowMs;
    if (this.#response.write(event)) return;
    this.#blockedSinceMs = nowMs;
    this.#response.once('drain', () => {
      this.#blockedSinceMs = null;
      drained();
    });
  }

  acknowledge(revision: number, nowMs: number): void {
    this.acknowledged = Math.max(this.acknowledged, Math.min(revision, this.written));
    this.heardMs = nowMs;
    this.awaitedSinceMs = this.acknowledged < this.written ? nowMs : null;
  }

  /** So much of the time that passed does not count. */
  excuse(elapsedMs: number): void {
    this.heardMs += elapsedMs;
    if (this.awaitedSinceMs !== null) this.awaitedSinceMs += elapsedMs;
    if (this.#blockedSinceMs !== null) this.#blockedSinceMs += elapsedMs;
  }

  /** Tells the agent to do something. */
  command(command: Command): void {
    this.#response.write(`event: command\ndata: ${JSON.stringify(command)}\n\n`);
  }

  /** Asks the agent to look into its process. */
  diagnose(ask: Omit<Diagnose, 'version'>): void {
    const data = { version: WIRE_VERSION, ...ask } satisfies Diagnose;
    this.#response.write(`event: diagnose\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Tells the agent how often to report traffic. */
  pace(everyMs: number): void {
    this.#response.write(`event: pace\ndata: ${JSON.stringify({ version: WIRE_VERSION, everyMs } satisfies Pace)}\n\n`);
  }

  /** Tells the agent by which keys a request is known that is to be followed. */
  followKeys(keys: FollowKeys): void {
    this.#response.write(`event: follow\ndata: ${JSON.stringify(keys)}\n\n`);
  }

  ping(nowMs: number): void {
    if (this.isBlocked) return;
    this.writtenMs = nowMs;
    this.#response.write(': ping\n\n');
  }

  /** Ends it in good order: the agent reconnects. */
  end(): void {
    this.#response.end();
  }

  /** Drops it, with what was not read. */
  destroy(): void {
    this.#response.destroy();
  }
}
