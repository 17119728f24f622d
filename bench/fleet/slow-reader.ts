import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createEventParser } from '@fairway/agent/link';
import { WIRE_VERSION } from '@fairway/model';

/** An agent that does not read its stream, until it is told to. */
export class SlowReader {
  readonly #socket: Socket;
  /** Updates read, and bytes of them. */
  updates = 0;
  bytes = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Registers an instance and opens its stream, of which nothing is read. */
  static async open(server: URL, token: string, namespace: string, id: string): Promise<SlowReader> {
    const answer = await fetch(new URL('/agent/v1/instances', server), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        version: WIRE_VERSION,
        instance: { id, service: `${namespace}/slow`, host: id, ports: [80], state: 'ready' },
        agent: { version: '0.1.0', runtime: 'none', pid: 1 },
      }),
    });
    if (!answer.ok) throw new Error(`the registration was answered with ${answer.status}`);
    const socket = connect(Number(server.port), server.hostname);
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /agent/v1/stream?instance=${id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    return new SlowReader(socket);
  }

  /** Reads, until an update holds a text. */
  async readUntil(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const parser = createEventParser(Number.MAX_SAFE_INTEGER, ({ event, data }) => {
        if (event !== 'update') return;
        this.updates++;
        if (data.includes(text)) resolve();
      });
      this.#socket.on('data', (chunk) => {
        this.bytes += chunk.length;
        parser.push(chunk);
      });
      this.#socket.once('close', () => reject(new Error('the stream ended')));
      this.#socket.resume();
    });
    this.#socket.pause();
  }

  end(): void {
    this.#socket.destroy();
  }
}
