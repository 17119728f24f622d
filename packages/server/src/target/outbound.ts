import { createHmac } from 'node:crypto';
import type { Target } from './target.ts';

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** What is sent to a target beside its own headers. */
export interface Outbound {
  /** Appended to the target's URL, as it is. */
  readonly suffix?: string;
  /** JSON; absent: it is a GET. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a target, and gives its answer. Bounded in time and size; no redirect is followed. @throws Error in words */
export async function ask(target: Target, { suffix = '', body, headers = {} }: Outbound): Promise<string> {
  const response = await fetch(target.url + suffix, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'user-agent': 'fairway',
      ...target.headers,
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return text;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer exceeds ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** By whom and when a body was sent: `t=<seconds>,v1=<HMAC-SHA256 of "t.body", hexadecimal>`; none without a secret. */
export function signature({ secret }: Target, body: string, nowMs: number): Readonly<Record<string, string>> {
  if (secret === undefined) return {};
  const t = Math.floor(nowMs / 1000);
  return { 'x-fairway-signature': `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}` };
}
