import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Target } from './order.ts';

/** How a body in chunks ends, which is how the services of the benchmarks answer. */
const LAST_CHUNK = '\r\n0\r\n\r\n';
const GOOD = 'HTTP/1.1 200 ';

/** A request as it is written to a connection. */
export function written({ url, headers }: Target): string {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** One kept HTTP/1.1 connection, one request at a time, with as little work as can be. */
export class Connection {
  readonly #socket: Socket;
  #text = '';
  #answered: ((isGood: boolean) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text) => this.#read(String(text)));
    socket.on('error', () => {});
    socket.on('close', () => this.#answer(false));
  }

  /** Opens some of them. `url`: where to. */
  static async open(url: string, count: number): Promise<Connection[]> {
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets.map((socket) => new Connection(socket));
  }

  /** Sends a request. `answered`: called once, when the answer is complete, or the connection closed. */
  send(request: string, answered: (isGood: boolean) => void): void {
    this.#answered = answered;
    if (this.#socket.writable) this.#socket.write(request);
    else setImmediate(() => this.#answer(false));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    if (!this.#text.endsWith(LAST_CHUNK)) return;
    const isGood = this.#text.startsWith(GOOD);
    this.#text = '';
    this.#answer(isGood);
  }

  #answer(isGood: boolean): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(isGood);
  }
}
