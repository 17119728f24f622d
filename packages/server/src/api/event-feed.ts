import type { ServerResponse } from 'node:http';
import type { Change } from '@fairway/control';
import { beginEventStream } from '../http/event-stream.ts';

/** Unsent bytes at which a reader that does not read is dropped: it reconnects and reads the present state. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** The open event streams of the API. */
export class EventFeed {
  readonly #readers = new Map<ServerResponse, { readonly token: string }>();

  open(token: string, response: ServerResponse): void {
    beginEventStream(response);
    response.write(': open\n\n');
    this.#readers.set(response, { token });
    response.once('close', () => this.#readers.delete(response));
  }

  /** `revision`: of resources, at the time of the change. */
  changed(changes: readonly Change[], revision: number): void {
    if (this.#readers.size === 0) return;
    const events = changes.map((change) => {
      const key = change.type === 'resource' ? change.key : change.id;
      return `event: change\ndata: ${JSON.stringify({ revision, type: change.type, key })}\n\n`;
    });
    this.#write(events.join(''));
  }

  ping(): void {
    this.#write(': ping\n\n');
  }

  revoke(token: string): void {
    for (const [response, reader] of this.#readers) if (reader.token === token) response.end();
  }

  close(): void {
    for (const response of this.#readers.keys()) response.end();
  }

  #write(text: string): void {
    for (const response of this.#readers.keys()) {
      if (response.writableEnded) continue;
      if (response.writableLength > MAX_QUEUED_BYTES) response.destroy();
      else response.write(text);
    }
  }
}
