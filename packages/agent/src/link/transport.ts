import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout } from 'node:timers';
import type { Dice } from '@fairway/core';

/** How the link speaks HTTP. Nothing of it keeps the process alive or is seen by the interception. */
export interface Transport {
  /** Sends JSON; the status of the answer. Rejects when there is none within the time. */
  post(path: string, body: unknown): Promise<number>;
  /** Asks for JSON: the text of the answer. Rejects when there is none within the time, or its status is not 200. */
  get(path: string): Promise<string>;
  /** Sends JSON that a stream answers. `onEnd` is called once, whatever ends it, save `close`. */
  open(path: string, headers: Readonly<Record<string, string>>, body: unknown, events: StreamEvents): OpenStream;
}

/** A stream that was asked for. */
export interface OpenStream {
  /** Ends it. `isSilent`: nothing was heard on it: the next replica is asked from now on. */
  close(isSilent?: boolean): void;
}

export interface StreamEvents {
  onOpen(): void;
  onChunk(chunk: Buffer): void;
  onEnd(why: string): void;
}

/** Bounds a connection attempt: while it lasts, a process that wants to end cannot. */
const CONNECT_TIMEOUT_MS = 2000;
/** Long: a control plane to which a whole fleet returns answers late, and to ask again would only make it later. */
const ANSWER_TIMEOUT_MS = 20_000;
/** A connection that waits for the next post so long is closed: an agent that has nothing to say holds its stream alone. */
const IDLE_MS = 500;
/** More than this of an answer to a post is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** One replica of the control plane. */
interface Place {
  readonly server: URL;
  readonly request: typeof http.request;
  readonly agent: http.Agent;
}

function placeOf(server: URL): Place {
  const core = server.protocol === 'https:' ? https : http;
  const agent = new core.Agent({ keepAlive: true, maxSockets: 4, timeout: IDLE_MS });
  const { addRequest } = core.Agent.prototype as unknown as { addRequest: unknown };
  Object.assign(agent, { addRequest });
  return { server, request: core.request, agent };
}

/**
 * Creates the transport with Node's own core as it is now: call it before the interception is installed. Any of the replicas will
 * do: one is taken by the dice, and the next one when it does not answer, or is silent. One whose stream ended is asked again: it may
 * have lost the one that leads, and the next might be that one.
 */
export function createTransport(servers: readonly URL[], token: () => string, dice: Dice): Transport {
  const places = servers.map(placeOf);
  let at = Math.floor(dice() * places.length);

  /** `body`: undefined: none, and the method is GET. */
  function start(path: string, headers: http.OutgoingHttpHeaders, body?: unknown): http.ClientRequest {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { server, request, agent } = places[at % places.length] as Place;
    const base = server.pathname.replace(/\/$/, '');
    const req = request({
      agent,
      method: text ? 'POST' : 'GET',
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || undefined,
      path: `${base}/agent/v1/${path}`,
      headers: {
        ...headers,
        ...(text && { 'content-type': 'application/json', 'content-length': text.length }),
        authorization: `Bearer ${token()}`,
      },
    });
    const timer = setTimeout(() => req.destroy(new Error('no connection in time')), CONNECT_TIMEOUT_MS).unref();
    req.once('socket', (socket) => {
      socket.unref();
      const connected = server.protocol === 'https:' ? 'secureConnect' : 'connect';
      if (socket.connecting) socket.once(connected, () => clearTimeout(timer));
      else clearTimeout(timer);
    });
    req.once('close', () => clearTimeout(timer));
    req.end(text);
    return req;
  }

  return {
    post(path, body) {
      return new Promise((resolve, reject) => {
        const req = start(path, {}, body);
        const timer = setTimeout(() => req.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS).unref();
        req.once('close', () => clearTimeout(timer));
        req.once('error', reject);
        req.once('response', (res) => {
          resolve(res.statusCode ?? 0);
          discard(res);
        });
      });
    },

    get(path) {
      return new Promise((resolve, reject) => {
        const req = start(path, { accept: 'application/json' });
        const timer = setTimeout(() => req.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS).unref();
        req.once('close', () => clearTimeout(timer));
        req.once('error', reject);
        req.once('response', (res) => {
          if (res.statusCode !== 200) reject(new Error(`status ${res.statusCode}`));
          let text = '';
          res.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          res.once('end', () => resolve(text));
          discard(res);
        });
      });
    },

    open(path, headers, body, { onOpen, onChunk, onEnd }) {
      let isOver = false;
      let hasAnswered = false;
      const end = (why: string) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        req.destroy();
        if (!hasAnswered) at++;
        onEnd(why);
      };
      const req = start(path, { ...headers, accept: 'text/event-stream' }, body);
      const timer = setTimeout(() => end('no answer in time'), ANSWER_TIMEOUT_MS).unref();
      req.on('error', (error) => end(error.message));
      req.once('close', () => end('closed'));
      req.once('response', (res) => {
        clearTimeout(timer);
        if (res.statusCode !== 200) return end(`status ${res.statusCode}`);
        hasAnswered = true;
        res.on('data', (chunk: Buffer) => isOver || onChunk(chunk));
        res.once('end', () => end('ended'));
        res.on('error', (error) => end(error.message));
        onOpen();
      });
      return {
        close(isSilent = false) {
          if (isOver) return;
          isOver = true;
          if (isSilent || !hasAnswered) at++;
          clearTimeout(timer);
          req.destroy();
        },
      };
    },
  };
}

function discard(res: http.IncomingMessage): void {
  let bytes = 0;
  res.on('error', () => {});
  res.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) res.destroy();
  });
}
