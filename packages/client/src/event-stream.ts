import { FairwayError, isFairwayError } from '@fairway/model';
import { createParser } from 'eventsource-parser';
import type { ClientEvent, TrafficEvent } from './api.ts';
import { type Ask, errorOf, send, serverOf, type Transport, unreachable } from './transport.ts';

/** A stream that is silent for this long is taken for dead. */
const SILENCE_MS = 20_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
const MAX_EVENT_CHARS = 16 * 1024 * 1024;

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Makes an event of ours of one that came; undefined: it is none. */
type Parse<E> = (name: string | undefined, data: string) => E | undefined;

/** An event of the stream of changes. */
export function changeOf(name: string | undefined, data: string): ClientEvent | undefined {
  if (name !== 'change') return undefined;
  const { type, revision, key } = JSON.parse(data) as Record<string, unknown>;
  if (type !== 'resource' && type !== 'instance' && type !== 'release') return undefined;
  return { type, revision: Number(revision), key: String(key) };
}

/** An event of the stream of traffic. */
export function trafficOf(name: string | undefined, data: string): TrafficEvent | undefined {
  return name === 'traffic' ? { type: 'traffic', topology: JSON.parse(data) } : undefined;
}

/** What every stream tells of itself. */
type StreamEvent = Extract<ClientEvent, { type: 'connected' | 'lost' }>;

/** Aborts when nothing was heard for {@link SILENCE_MS}, and when it is stopped. */
function watchdog(): { readonly signal: AbortSignal; heard(): void; stop(): void } {
  const controller = new AbortController();
  const bite = () => controller.abort(new FairwayError('FAIRWAY_UNREACHABLE', `silent for ${SILENCE_MS} ms`));
  let timer = setTimeout(bite, SILENCE_MS);
  return {
    signal: controller.signal,
    heard() {
      clearTimeout(timer);
      timer = setTimeout(bite, SILENCE_MS);
    },
    stop() {
      clearTimeout(timer);
      controller.abort();
    },
  };
}

async function* readEvents<E>(response: Response, parse: Parse<E>, heard: () => void): AsyncGenerator<E> {
  let waiting: E[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onEvent: (event) => {
      const parsed = parse(event.event, event.data);
      if (parsed) waiting.push(parsed);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    heard();
    parser.feed(decoder.decode(chunk, { stream: true }));
    const ready = waiting;
    waiting = [];
    yield* ready;
  }
}

async function* oneStream<E>(
  transport: Transport,
  ask: Ask,
  parse: Parse<E>,
  signal: AbortSignal,
): AsyncGenerator<E | StreamEvent> {
  const dog = watchdog();
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await send(transport, { ...ask, headers }, () => AbortSignal.any([signal, dog.signal]));
    if (!response.ok) throw errorOf(response.status, serverOf(transport), await response.text());
    yield { type: 'connected' };
    yield* readEvents(response, parse, dog.heard);
  } finally {
    dog.stop();
  }
}

/** A refusal does not get better by asking again. */
function isRefusal(error: unknown): boolean {
  return isFairwayError(error) && (error.code === 'FAIRWAY_UNAUTHENTICATED' || error.code === 'FAIRWAY_FORBIDDEN');
}

/**
 * Events as they happen, until the signal aborts. A broken stream is opened again after 0.1 to 5 s, doubling; each
 * opening yields `connected`, each break `lost`.
 *
 * @throws FairwayError FAIRWAY_UNAUTHENTICATED or FAIRWAY_FORBIDDEN when the token does not allow it
 */
export async function* eventStream<E>(
  transport: Transport,
  ask: Ask,
  parse: Parse<E>,
  signal: AbortSignal,
): AsyncGenerator<E | StreamEvent> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    let broken: unknown = new Error('the stream ended');
    try {
      for await (const event of oneStream(transport, ask, parse, signal)) {
        retryMs = FIRST_RETRY_MS;
        yield event;
      }
    } catch (error) {
      broken = error;
    }
    if (signal.aborted) return;
    if (isRefusal(broken)) throw broken;
    const error = isFairwayError(broken) ? broken : unreachable(serverOf(transport), broken);
    yield { type: 'lost', error, retryMs };
    await delay(retryMs, signal);
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  }
}
