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
    const events = changes.map((change) =>
      changeEvent(change.type, change.type === 'resource' ? change.key : change.id, revision),
    );
    this.#write(events.join(''));
  }

  /** A release went on. */
  released(key: string, revision: number): void {
    if (this.#readers.size > 0) this.#write(changeEvent('release', key, revision));
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

function changeEvent(type: 'resource' | 'instance' | 'release', key: string, revision: number): string {
  return `event: change\ndata: ${JSON.stringify({ revision, type, key })}\n\n`;
}
