import type { ServerResponse } from 'node:http';
import { FairwayError, type Topology } from '@fairway/model';
import { beginEventStream } from '../http/event-stream.ts';
import type { TopologyQuery } from './traffic-book.ts';

/** As often as agents report while somebody looks. */
const EVERY_MS = 500;
const MAX_READERS = 64;

interface Reader {
  readonly token: string;
  readonly query: TopologyQuery;
  readonly key: string;
}

/** The open streams of live traffic: twice a second the topology as it is then. */
export class TrafficFeed {
  readonly #readers = new Map<ServerResponse, Reader>();
  readonly #topology: (query: TopologyQuery) => Topology;
  readonly #watched: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `watched`: told while there is a reader. */
  constructor(topology: (query: TopologyQuery) => Topology, watched: () => void) {
    this.#topology = topology;
    this.#watched = watched;
  }

  /** @throws FairwayError FAIRWAY_RATE_LIMITED */
  admit(): void {
    if (this.#readers.size < MAX_READERS) return;
    throw new FairwayError(
      'FAIRWAY_RATE_LIMITED',
      `${MAX_READERS} streams of traffic are open already, the most allowed`,
    );
  }

  open(token: string, query: TopologyQuery, response: ServerResponse): void {
    beginEventStream(response);
    const reader = { token, query, key: JSON.stringify(query) };
    this.#readers.set(response, reader);
    response.once('close', () => this.#left(response));
    this.#watched();
    response.write(eventOf(this.#topology(query)));
    this.#timer ??= setInterval(() => this.#tell(), EVERY_MS);
  }

  revoke(token: string): void {
    for (const [response, reader] of this.#readers) if (reader.token === token) response.end();
  }

  close(): void {
    for (const response of this.#readers.keys()) response.end();
  }

  #left(response: ServerResponse): void {
    this.#readers.delete(response);
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A reader that has not read what it was told before is told nothing more until it did. */
  #tell(): void {
    this.#watched();
    const events = new Map<string, string>();
    for (const [response, { query, key }] of this.#readers) {
      if (response.writableEnded || response.writableNeedDrain) continue;
      const event = events.get(key) ?? eventOf(this.#topology(query));
      events.set(key, event);
      response.write(event);
    }
  }
}

function eventOf(topology: Topology): string {
  return `event: traffic\ndata: ${JSON.stringify(topology)}\n\n`;
}
