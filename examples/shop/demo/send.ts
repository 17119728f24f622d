import { request } from 'node:http';
import { connect } from 'node:net';
import type { Hop, Intent } from './intent.ts';

/** Where the gateway listens. */
export interface Entries {
  readonly http: { readonly host: string; readonly port: number };
  readonly tcp: { readonly host: string; readonly port: number };
}

/** An answer as it came, before anybody judges it. */
export interface Reply {
  readonly trail: readonly Hop[];
}

const TIMEOUT_MS = 20_000;
const MAX_REPLY_CHARS = 64 * 1024;

let client = 0;

/** Takes turns over loopback addresses, so that ports of one client address never run out. */
function clientAddress(): string {
  client = (client + 1) % 64;
  return `127.0.3.${1 + client}`;
}

/**
 * Sends one request through the gateway and reads the trail from the answer. Each has its own connection: when NGINX
 * reloads it closes idle kept-alive ones, which a client may notice too late and which is no lost request of ours.
 *
 * @throws Error when there is no answer, it is not a success, or it is not understood
 */
export function send(entries: Entries, intent: Intent): Promise<Reply> {
  return intent.page === 'line' ? sendLine(entries, intent) : sendHttp(entries, intent);
}

function headersOf({ page, env, tier, forged }: Intent): Record<string, string> {
  return {
    ...(page === 'checkout' ? { 'content-type': 'application/json' } : {}),
    ...(env ? { 'x-env': env } : {}),
    ...(tier ? { 'x-tier': tier } : {}),
    ...(forged ? { 'x-fairway-lane': forged } : {}),
  };
}

function sendHttp(entries: Entries, intent: Intent): Promise<Reply> {
  const { page, id } = intent;
  const body = page === 'checkout' ? JSON.stringify({ id, item: 'tea', quantity: 1 }) : undefined;
  return new Promise((resolve, reject) => {
    const req = request(
      {
        ...entries.http,
        agent: false,
        localAddress: clientAddress(),
        method: body ? 'POST' : 'GET',
        path: body ? '/checkout' : `/${page}?id=${id}`,
        headers: headersOf(intent),
        timeout: TIMEOUT_MS,
      },
      (res) => {
        readText(res)
          .then((text) => {
            const failed = res.statusCode !== 200 && res.statusCode !== 201;
            if (failed) throw new Error(`${page}: ${res.statusCode} ${text.trim().slice(0, 300)}`);
            resolve({ trail: trailOf(page, text) });
          }, reject)
          .catch(reject);
      },
    );
    req.on('timeout', () => req.destroy(new Error(`${page}: no answer after ${TIMEOUT_MS} ms`)));
    req.on('error', reject);
    req.end(body);
  });
}

function sendLine(entries: Entries, intent: Intent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...entries.tcp, localAddress: clientAddress() });
    let text = '';
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS);
    socket.write(`ORDER ${intent.id} tea 1\n`);
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\n')) return;
      socket.end();
      try {
        resolve({ trail: trailOf('line', text) });
      } catch (error) {
        reject(error);
      }
    });
    socket.on('timeout', () => socket.destroy(new Error(`line: no answer after ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`line: closed without an answer, after ${JSON.stringify(text)}`)));
  });
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    if (text.length > MAX_REPLY_CHARS) throw new Error(`more than ${MAX_REPLY_CHARS} characters`);
  }
  return text;
}

function trailOf(page: Intent['page'], text: string): Hop[] {
  if (page === 'export') {
    const rows = text.trimEnd().split('\n');
    return rows.map((row) => JSON.parse(row)).filter((row) => 'service' in row);
  }
  const answer = JSON.parse(text);
  if (!Array.isArray(answer.trail)) throw new Error(`${page}: ${answer.error ?? 'no trail'}`);
  return answer.trail;
}
