import type { ServerResponse } from 'node:http';
import type { Change } from '@fairway/control';
import { namespaceOfService } from '@fairway/model';
import { beginEventStream } from '../http/event-stream.ts';

/** Unsent bytes at which a reader that does not read is dropped: it reconnects and reads the present state. */
const MAX_QUEUED_BYTES = 1024 * 1024;

interface Reader {
  readonly token: string;
  /** What is told of; null: all. */
  readonly namespace: string | null;
}

/** One change, and the namespace that it is in. */
interface Told {
  readonly namespace: string;
  readonly text: string;
}

/** The open event streams of the API. */
export class EventFeed {
  readonly #readers = new Map<ServerResponse, Reader>();

  open(reader: Reader, response: ServerResponse): void {
    beginEventStream(response);
    response.write(': open\n\n');
    this.#readers.set(response, reader);
    response.once('close', () => this.#readers.delete(response));
  }

  /** `revision`: of resources, at the time of the change. */
  changed(changes: readonly Change[], revision: number): void {
    if (this.#readers.size === 0) return;
    this.#tell(
      changes.map((change) =>
        change.type === 'resource'
          ? { namespace: change.namespace, text: changeEvent('resource', change.key, revision) }
          : { namespace: namespaceOfService(change.service), text: changeEvent('instance', change.id, revision) },
      ),
    );
  }

  /** A release went on. */
  released(key: string, revision: number): void {
    this.#tell([{ namespace: key.slice(0, key.indexOf('/')), text: changeEvent('release', key, revision) }]);
  }

  ping(): void {
    for (const response of this.#readers.keys()) write(response, ': ping\n\n');
  }

  revoke(token: string): void {
    for (const [response, reader] of this.#readers) if (reader.token === token) response.end();
  }

  close(): void {
    for (const response of this.#readers.keys()) response.end();
  }

  #tell(all: readonly Told[]): void {
    for (const [response, { namespace }] of this.#readers) {
      const own = namespace === null ? all : all.filter((one) => one.namespace === namespace);
      if (own.length > 0) write(response, own.map(({ text }) => text).join(''));
    }
  }
}

function changeEvent(type: 'resource' | 'instance' | 'release', key: string, revision: number): string {
  return `event: change\ndata: ${JSON.stringify({ revision, type, key })}\n\n`;
}

function write(response: ServerResponse, text: string): void {
  if (response.writableEnded) return;
  if (response.writableLength > MAX_QUEUED_BYTES) response.destroy();
  else response.write(text);
}
