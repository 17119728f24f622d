import { Agent, type ClientRequest, request } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Client, credentials } from '@grpc/grpc-js';

/** Speaks one protocol to a service, as applications do: kept connections, no retries but those that the protocol itself calls safe. */
export interface StormClient {
  /** Resolves when the answer to request `id` came whole and is the right one. @throws Error with what the application sees */
  send(id: number): Promise<void>;
  close(): void;
}

/** Where the next request goes: `host`, without a port. */
export type Pick = () => string;

export type Protocol = 'http/1.1' | 'http/2' | 'grpc';

/** Longest that an answer is waited for. */
export const TIMEOUT_MS = 10_000;

/** Each of the protocols has its port on every instance. */
export const PORTS: Readonly<Record<Protocol, number>> = { 'http/1.1': 8080, 'http/2': 8081, grpc: 8082 };

function pathOf(id: number): string {
  return `/work?id=${id}`;
}

function checked(id: number, text: string): void {
  if (!text.endsWith(` ${id}`)) throw new Error(`wrong-answer`);
}

/** One request of HTTP/1.1; every fourth has a body, and is none that may be sent twice. */
export function sendHttp(id: number, to: { host: string; port: number; agent: Agent | false; localAddress?: string }) {
  return new Promise<void>((resolve, reject) => {
    const hasBody = id % 4 === 3;
    const req: ClientRequest = request({ ...to, method: hasBody ? 'POST' : 'GET', path: pathOf(id) }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      res.once('error', reject);
      res.once('end', () => {
        try {
          if (res.statusCode !== 200) throw new Error(`status-${res.statusCode}`);
          checked(id, text);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    req.setTimeout(TIMEOUT_MS, () => req.destroy(new Error('timeout')));
    req.once('error', reject);
    req.end(hasBody ? `body of ${id}` : undefined);
  });
}

function httpClient(pick: Pick): StormClient {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (id) => sendHttp(id, { host: pick(), port: PORTS['http/1.1'], agent }),
    close: () => agent.destroy(),
  };
}

/** A session for each host, replaced when the server says goodbye. A stream that the peer did not take is safe to send again, and is, once. */
function http2Client(pick: Pick): StormClient {
  const sessions = new Map<string, ClientHttp2Session>();
  function sessionTo(host: string): ClientHttp2Session {
    const known = sessions.get(host);
    if (known && !known.closed && !known.destroyed) return known;
    const session = connect(`http://${host}:${PORTS['http/2']}`);
    const leave = () => {
      if (sessions.get(host) === session) sessions.delete(host);
    };
    session.on('error', leave).on('close', leave).on('goaway', leave);
    sessions.set(host, session);
    return session;
  }
  function once(id: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = sessionTo(pick()).request({ ':path': pathOf(id) });
      let text = '';
      let status = 0;
      stream.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => stream.destroy(new Error('timeout')));
      stream.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.once('error', reject);
      stream.once('close', () => {
        const { rstCode } = stream;
        try {
          if (rstCode) throw Object.assign(new Error(`rst-${rstCode}`), { rstCode });
          if (status !== 200) throw new Error(`status-${status}`);
          checked(id, text);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }
  return {
    send: (id) =>
      once(id).catch((error) => {
        const isUntaken =
          error.rstCode === constants.NGHTTP2_REFUSED_STREAM || /NGHTTP2_REFUSED_STREAM/.test(error.message);
        if (isUntaken) return once(id);
        throw error;
      }),
    close() {
      for (const session of sessions.values()) session.close();
    },
  };
}

const asIs = (buffer: Buffer) => buffer;

function grpcClient(pick: Pick): StormClient {
  const clients = new Map<string, Client>();
  function clientTo(host: string): Client {
    const known = clients.get(host) ?? new Client(`${host}:${PORTS.grpc}`, credentials.createInsecure());
    clients.set(host, known);
    return known;
  }
  return {
    send: (id) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + TIMEOUT_MS };
        clientTo(pick()).makeUnaryRequest(
          '/storm.Storm/Work',
          asIs,
          asIs,
          Buffer.from(String(id)),
          options,
          (error, answer) => {
            try {
              if (error) throw new Error(`grpc-${error.code}`);
              checked(id, String(answer));
              resolve();
            } catch (failure) {
              reject(failure);
            }
          },
        );
      }),
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

const CLIENTS = { 'http/1.1': httpClient, 'http/2': http2Client, grpc: grpcClient };

export const PROTOCOLS = Object.keys(CLIENTS) as Protocol[];

/** Creates a client of a protocol that asks `pick` for each request where it goes. */
export function createStormClient(protocol: Protocol, pick: Pick): StormClient {
  return CLIENTS[protocol](pick);
}
