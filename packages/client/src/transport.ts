import { ERROR_CODES, type ErrorCode, FairwayError, type Problem } from '@fairway/model';

/** Where requests go and how long and large an answer may be. */
export interface Transport {
  /** Replicas of one control plane, at least one. */
  readonly servers: readonly [URL, ...URL[]];
  /** The index of the one that is asked. */
  at: number;
  readonly token: string | undefined;
  readonly csrf: string | undefined;
  readonly fetch: typeof fetch;
  /** Of all attempts together, where more than one may be made. */
  readonly timeoutMs: number;
}

/** One request below the server's URL. A query value of undefined is left out. */
export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Added to the transport's timeout, for requests that the server holds open. */
  readonly extraMs?: number;
}

/** Largest answer that is read. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

function urlOf(server: URL, ask: Ask): URL {
  const url = new URL(server.pathname.replace(/\/$/, '') + ask.path, server);
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** The control plane cannot be reached, or does not answer. */
export function unreachable(server: URL, cause: unknown): FairwayError {
  const error = cause as { name?: string; message?: string; cause?: { code?: string; message?: string } };
  const why =
    error.name === 'TimeoutError' ? 'no answer in time' : (error.cause?.code ?? error.cause?.message ?? error.message);
  return new FairwayError(
    'FAIRWAY_UNREACHABLE',
    `the control plane at ${server.origin} cannot be reached (${why}): start one with "fairway up", or name the right one with --server or FAIRWAY_SERVER`,
    { cause },
  );
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new FairwayError('FAIRWAY_TOO_LARGE', `the answer of ${response.url} exceeds ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
}

function codeOf(code: unknown, status: number): ErrorCode {
  if (typeof code === 'string' && code in ERROR_CODES) return code as ErrorCode;
  const known = Object.entries(ERROR_CODES).find(([, entry]) => entry.status === status && status < 500);
  return (known?.[0] as ErrorCode | undefined) ?? (status < 500 ? 'FAIRWAY_INVALID' : 'FAIRWAY_INTERNAL');
}

/** The error that an answer tells of: problem+json when it is that, else its status. */
export function errorOf(status: number, server: URL, text: string): FairwayError {
  let body: { code?: unknown; detail?: unknown; title?: unknown; problems?: unknown } = {};
  try {
    body = (JSON.parse(text) as typeof body | null) ?? {};
  } catch {
    // Not from Fairway: a proxy between, or another server. The status says all that is known.
  }
  const said = body.detail ?? body.title;
  const message =
    typeof said === 'string'
      ? said
      : `${server.origin} answered ${status} and not in Fairway's words: is it a control plane?`;
  return new FairwayError(codeOf(body.code, status), message, {
    problems: Array.isArray(body.problems) ? (body.problems as Problem[]) : [],
  });
}

/** Headers that every request bears. */
function headersOf(transport: Transport, ask: Pick<Ask, 'body' | 'headers'>): Record<string, string> {
  return {
    accept: 'application/json',
    ...(transport.csrf ? { 'x-fairway-csrf': transport.csrf } : {}),
    ...(transport.token ? { authorization: `Bearer ${transport.token}` } : {}),
    ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...ask.headers,
  };
}

/** The replica that is asked now. */
export function serverOf({ servers, at }: Pick<Transport, 'servers' | 'at'>): URL {
  return servers[at] ?? servers[0];
}

/** Nothing was sent: no connection came about. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether another replica may be asked the same: where this one has not, or it changes nothing to be asked twice. */
function mayAskNext({ method = 'GET' }: Ask, cause: unknown): boolean {
  return method === 'GET' || NOT_CONNECTED.has((cause as { cause?: { code?: string } }).cause?.code ?? '');
}

/** How long one attempt may take: its share, of what may be asked of all. */
function patienceMs({ servers, timeoutMs }: Transport, { method = 'GET', extraMs = 0 }: Ask): number {
  return (method === 'GET' ? timeoutMs / servers.length : timeoutMs) + extraMs;
}

/**
 * Sends a request, to the next replica where one cannot be reached or its time is up; the answer's status is not looked
 * at. `signalOf`: what ends an attempt.
 *
 * @throws FairwayError FAIRWAY_UNREACHABLE
 */
export async function send(transport: Transport, ask: Ask, signalOf: () => AbortSignal | undefined): Promise<Response> {
  const { servers } = transport;
  for (let tried = 1; ; tried++) {
    const server = serverOf(transport);
    const signal = signalOf();
    try {
      return await transport.fetch(urlOf(server, ask), {
        method: ask.method ?? 'GET',
        headers: headersOf(transport, ask),
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        ...(signal ? { signal } : {}),
        redirect: 'error',
      });
    } catch (cause) {
      ask.signal?.throwIfAborted();
      // Another call may have gone on to the next already.
      if (serverOf(transport) === server) transport.at = (transport.at + 1) % servers.length;
      const isEnded = signal?.aborted && (cause as Error).name !== 'TimeoutError';
      if (tried >= servers.length || isEnded || !mayAskNext(ask, cause)) throw unreachable(server, cause);
    }
  }
}

/** Sends a request and gives its answer piece by piece, of whatever size. @throws as {@link requestText} */
export async function* requestBytes(transport: Transport, ask: Ask): AsyncGenerator<Uint8Array, void> {
  const response = await send(transport, ask, () => ask.signal);
  if (!response.ok) throw errorOf(response.status, serverOf(transport), await textOf(response));
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (cause) {
    throw unreachable(serverOf(transport), cause);
  }
}

/**
 * Sends a request and reads its answer, as text.
 *
 * @throws FairwayError with the code and problems that the server gave; FAIRWAY_UNREACHABLE when it gave none
 */
export async function requestText(transport: Transport, ask: Ask): Promise<string> {
  const response = await send(transport, ask, () => {
    const timeout = AbortSignal.timeout(patienceMs(transport, ask));
    return ask.signal ? AbortSignal.any([ask.signal, timeout]) : timeout;
  });
  let text: string;
  try {
    text = await textOf(response);
  } catch (cause) {
    ask.signal?.throwIfAborted();
    throw cause instanceof FairwayError ? cause : unreachable(serverOf(transport), cause);
  }
  if (!response.ok) throw errorOf(response.status, serverOf(transport), text);
  return text;
}

/** The same of a JSON answer. */
export async function request<T>(transport: Transport, ask: Ask): Promise<T> {
  const text = await requestText(transport, ask);
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new FairwayError('FAIRWAY_UNREACHABLE', `${serverOf(transport).origin} is not a control plane: no JSON`, {
      cause,
    });
  }
}
