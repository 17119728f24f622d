// A wire between a server and its database that fails on demand, for tests.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * `cut-answer`: passes the COMMIT of the next transaction that writes a resource on, and breaks the connection before it is
 * answered. `silent`: swallows everything.
 */
export type Fault = 'none' | 'cut-answer' | 'silent';

/** A TCP port that leads to a Unix socket. */
export class FaultyWire {
  fault: Fault = 'none';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: string) {
    this.#server = createServer((near) => this.#join(near, connect(target)));
  }

  /** The port to connect to. */
  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket, far: Socket): void {
    let isWriting = false;
    let isCut = false;
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        // Behind a silent wire the other side does not learn of it.
        if (this.fault !== 'silent') far.destroy();
      });
    }
    near.on('data', (bytes) => {
      if (this.fault === 'silent') return;
      const text = bytes.toString('latin1');
      isWriting ||= text.includes('insert into "resource"');
      isCut = this.fault === 'cut-answer' && isWriting && /\bcommit\b/.test(text);
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (isCut) {
        this.fault = 'none';
        near.destroy();
      } else if (this.fault !== 'silent') near.write(bytes);
    });
  }
}
