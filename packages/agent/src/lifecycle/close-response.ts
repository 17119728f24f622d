import type { ServerResponse } from 'node:http';
import { DRAINING_HEADER } from '../intercept/draining.ts';

/** What Node.js keeps of a response's head: text, once it is made, until the first byte is sent. */
interface Head {
  _header: string | null;
  _last: boolean;
}

type Response = ServerResponse & Head;

const closing = new WeakSet<object>();
const CONNECTION = /\r\n(?:connection|keep-alive): [^\r]*/gi;

/**
 * Lets a response, whose head is not out, be the last on its connection and say so, whatever the application says of the connection.
 * `writeHead` is what makes every head, also where the application does not call it.
 */
export function closeAfter(response: ServerResponse): void {
  const res = response as Response;
  if (res.headersSent || closing.has(res) || typeof res.shouldKeepAlive !== 'boolean') return;
  closing.add(res);
  const { writeHead } = res;
  const replaced = function (this: Response, ...args: unknown[]): unknown {
    if (Number(args[0]) >= 200) res.shouldKeepAlive = false;
    const returned = Reflect.apply(writeHead as never, this, args);
    if (Number(args[0]) >= 200) markHead(res);
    return returned;
  };
  for (const part of ['name', 'length'] as const)
    Object.defineProperty(replaced, part, { value: writeHead[part], configurable: true });
  Object.defineProperty(res, 'writeHead', { value: replaced, writable: true, configurable: true, enumerable: false });
}

function markHead(res: Response): void {
  if (typeof res._header !== 'string') return;
  const end = res._header.indexOf('\r\n\r\n');
  if (end < 0) return;
  const head = res._header.slice(0, end).replace(CONNECTION, '');
  res._header = `${head}\r\nConnection: close\r\n${DRAINING_HEADER}: 1${res._header.slice(end)}`;
  res._last = true;
  res.shouldKeepAlive = false;
}
