import type { ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { ConnectionOptions } from 'node:tls';

/**
 * What Node.js keeps of HTTP/2 sessions behind symbols: found by their descriptions, which are the same from Node.js 16 to 26. Where one is
 * missing this throws, and the caller steps aside.
 */
const symbols = new Map<string, symbol>();

function symbolOf(object: object, description: string): symbol {
  const known = symbols.get(description);
  if (known) return known;
  for (let o = object; o; o = Object.getPrototypeOf(o)) {
    const found = Object.getOwnPropertySymbols(o).find((symbol) => symbol.description === description);
    if (!found) continue;
    symbols.set(description, found);
    return found;
  }
  throw new Error(`Node.js keeps no ${description} here`);
}

type Keyed = Record<symbol, unknown>;

function read<T>(object: object, description: string): T {
  return (object as Keyed)[symbolOf(object, description)] as T;
}

/** The prototype under an object that has a method of its own. */
export function ownerOf(object: object, method: string): object | undefined {
  for (let p = Object.getPrototypeOf(object); p; p = Object.getPrototypeOf(p)) if (Object.hasOwn(p, method)) return p;
  return undefined;
}

/** A stream that a session must not be over without: that it is about to start, or that runs elsewhere on its behalf. */
interface Pending {
  close(): void;
  destroy(error?: Error): void;
}

function pendingOf(session: ClientHttp2Session): Set<Pending> {
  return read<{ pendingStreams: Set<Pending> }>(session, 'state').pendingStreams;
}

/** The socket itself, not the view of it that a session shows; undefined once the session is over. */
export function socketOf(session: object): (Socket & { encrypted?: boolean }) | undefined {
  return read(session, 'socket');
}

/** What a stream counts of its bodies. Read it before the stream is over: after that it is 0. */
export interface BodyCounts {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The counts of a stream that was started and is not over. */
export function bodyCountsOf(stream: ClientHttp2Stream): BodyCounts | undefined {
  return read(stream, 'kHandle');
}

/** What a session knows of its streams, by their ids. */
export function sessionStateOf(session: object): { readonly streams: Map<number, ServerHttp2Stream> } {
  return read(session, 'state');
}

/** `host:port` as Node.js writes it into `:authority`. */
export function authorityOf(session: ClientHttp2Session): string {
  return read(session, 'authority');
}

/** What a TLS socket was connected with; undefined for one that was not made by `tls.connect`. */
export function tlsOptionsOf(socket: Socket): ConnectionOptions | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'connect-options');
  return key && ((socket as unknown as Keyed)[key] as ConnectionOptions);
}

/** Keeps a session that is closing from ending before `release` is called. */
export function keepOpen(session: ClientHttp2Session): { release(): void } {
  const pending = pendingOf(session);
  const token = { close: () => undefined, destroy: () => undefined };
  pending.add(token);
  return {
    release() {
      if (pending.delete(token) && !session.destroyed) read<() => void>(session, 'kMaybeDestroy').call(session);
    },
  };
}

/** A session of the same class, to another place, for requests as they are made on the first. */
export function sisterOf(session: ClientHttp2Session, socket: Socket, options: object): ClientHttp2Session {
  const Session = session.constructor as new (options: object, socket: Socket) => ClientHttp2Session;
  const sister = new Session(options, socket);
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    if (COPIED.has(symbol.description)) (sister as unknown as Keyed)[symbol] = (session as unknown as Keyed)[symbol];
  }
  return sister;
}

const COPIED = new Set<string | undefined>(['authority', 'protocol', 'max-ORIGIN-set-size', 'strictSingleValueFields']);

/** Counts what happens on a session as activity of another one, so that this does not time out meanwhile. */
export function keepAwake(session: ClientHttp2Session, other: ClientHttp2Session): void {
  const key = symbolOf(session, 'kUpdateTimer');
  const update = (session as unknown as Record<symbol, () => void>)[key] as () => void;
  (session as unknown as Keyed)[key] = () => {
    update.call(session);
    (other as unknown as Record<symbol, () => void>)[key]?.();
  };
}

/** A block of headers as Node.js hands it over: `name\0value\0flag` for each, and how many they are. */
export type HeaderBlock = [text: string, count: number];

interface Handle {
  request(block: HeaderBlock, options: number, ...more: unknown[]): unknown;
}

/** A request whose stream exists, and that was not sent. */
export interface HeldRequest {
  readonly stream: ClientHttp2Stream;
  /** Sends it with other headers, on a session that is connected. */
  startOn(session: ClientHttp2Session, edit: (block: HeaderBlock) => HeaderBlock): void;
  /**
   * It has to wait: until it starts it outlives the connection of its session, once that was there. It ends with its session where `isEnded`
   * says that the application ended that.
   */
  wait(isEnded: () => boolean): void;
  /** All of it was its head, which was sent. */
  readonly isRenewable: boolean;
  /**
   * Makes it one that was not sent, and waits, where it is renewable, its peer did not take it, and Node.js is about to destroy it. False where
   * this version of Node.js does not allow it.
   */
  renew(isEnded: () => boolean): boolean;
}

type Request = ClientHttp2Session['request'];

/**
 * Prepares to make requests of a session that are not sent: the session says that it is still connecting, and what it would do when it is
 * connected is kept here. Its class is one for which {@link feignConnecting} was called. What making the request throws is the application's.
 */
export function holderOf(session: ClientHttp2Session): (request: Request, args: Parameters<Request>) => HeldRequest {
  const key = symbolOf(session, 'kPendingRequestCalls');
  const own = session as unknown as Keyed;
  pendingOf(session);
  return (request, args) => {
    const starts: (() => void)[] = [];
    const before = own[key];
    own[key] = starts;
    holding = session;
    try {
      return new Held(Reflect.apply(request, session, args) as ClientHttp2Stream, session, starts);
    } finally {
      holding = undefined;
      own[key] = before;
    }
  };
}

/** The session that says that it is connecting, whatever it is. */
let holding: object | undefined;

/** Lets sessions of a class say that they are connecting while {@link holderOf} makes a request of them. */
export function feignConnecting(proto: ClientHttp2Session): void {
  const owner = ownerOf(proto, 'connecting');
  const get = owner && Object.getOwnPropertyDescriptor(owner, 'connecting')?.get;
  if (!get) throw new Error('sessions of Node.js do not say whether they are connecting');
  Object.defineProperty(proto, 'connecting', {
    configurable: true,
    get(this: object): boolean {
      return this === holding || (Reflect.apply(get, this, []) as boolean);
    },
  });
}

class Held implements HeldRequest {
  readonly stream: ClientHttp2Stream;
  readonly #session: ClientHttp2Session;
  readonly #starts: readonly (() => void)[];
  /** What its session holds in its place while it waits. */
  #token: Pending | undefined;
  /** Where it was sent, if all of it was its head. */
  #sentOn: ClientHttp2Session | undefined;
  #isRenewed = false;

  constructor(stream: ClientHttp2Stream, session: ClientHttp2Session, starts: readonly (() => void)[]) {
    this.stream = stream;
    this.#session = session;
    this.#starts = starts;
  }

  get isRenewable(): boolean {
    return this.#sentOn !== undefined;
  }

  wait(isEnded: () => boolean): void {
    const session = this.#session;
    const { stream } = this;
    const pending = pendingOf(session);
    if (this.#token || !pending.delete(stream)) return;
    const destroy = (error?: Error) => {
      if (session.connecting || isEnded()) stream.destroy(error);
    };
    const token = { close: () => undefined, destroy };
    this.#token = token;
    pending.add(token);
    stream.once('close', () => pending.delete(token));
  }

  startOn(on: ClientHttp2Session, edit: (block: HeaderBlock) => HeaderBlock): void {
    if (this.stream.destroyed) return;
    this.#move(on);
    const key = symbolOf(on, 'kHandle');
    const own = on as unknown as Keyed;
    const handle = own[key] as Handle;
    const restore = () => {
      own[key] = handle;
    };
    own[key] = {
      request: (block: HeaderBlock, options: number, ...more: unknown[]) => {
        restore();
        if (options & HEAD_ONLY) this.#sentOn = on;
        return handle.request(edit(block), options, ...more);
      },
    };
    try {
      if (this.#isRenewed) this.#startAgain();
      else for (const start of this.#starts) start();
    } finally {
      restore();
    }
  }

  /** It was told to read once, and is not told again; that it is ready, the application knows. */
  #startAgain(): void {
    const { stream } = this;
    const own = Object.getOwnPropertyDescriptor(stream, 'emit');
    const { emit } = stream;
    stream.emit = (event: string | symbol, ...args: unknown[]) =>
      event === 'ready' || emit.call(stream, event, ...args);
    try {
      for (const start of this.#starts) start();
    } finally {
      if (own) Object.defineProperty(stream, 'emit', own);
      else Reflect.deleteProperty(stream, 'emit');
    }
    const { didRead } = read<{ didRead: boolean }>(stream, 'state');
    if (didRead) read<StreamHandle | undefined>(stream, 'kHandle')?.readStart();
  }

  renew(isEnded: () => boolean): boolean {
    const { stream } = this;
    const from = this.#sentOn;
    if (!from || !unsend(stream, from)) return false;
    this.#sentOn = undefined;
    this.#isRenewed = true;
    const session = this.#session;
    (stream as unknown as Keyed)[symbolOf(stream, 'kSession')] = session;
    pendingOf(session).add(stream);
    this.wait(isEnded);
    return true;
  }

  #move(to: ClientHttp2Session): void {
    const { stream } = this;
    if (to === this.#session && !this.#token) return;
    pendingOf(this.#session).delete(this.#token ?? stream);
    this.#token = undefined;
    (stream as unknown as Keyed)[symbolOf(stream, 'kSession')] = to;
    pendingOf(to).add(stream);
  }
}

/** Of the options of a request as the handle of a session takes them. */
const HEAD_ONLY = 1;
/** Of the state of a stream: it has a handle, it is closed. */
const READY = 1;
const CLOSED = 2;

interface StreamHandle {
  onread?: unknown;
  destroy(): void;
  readStart(): void;
  [key: symbol]: unknown;
}

/** Takes its handle from a stream that the peer closed, and what was noted of that. */
function unsend(stream: ClientHttp2Stream, from: ClientHttp2Session): boolean {
  const own = stream as unknown as Keyed;
  const handle = read<StreamHandle | undefined>(stream, 'kHandle');
  const owner =
    handle && Object.getOwnPropertySymbols(handle).find(({ description }) => description === 'owner_symbol');
  if (!handle || !owner) return false;
  const state = read<{ flags: number; rstCode: number; didRead: boolean }>(stream, 'state');
  const id = symbolOf(stream, 'id');
  sessionStateOf(from).streams.delete(own[id] as number);
  handle[owner] = undefined;
  handle.destroy();
  own[symbolOf(stream, 'kHandle')] = undefined;
  own[id] = undefined;
  state.flags &= ~(READY | CLOSED);
  state.rstCode = 0;
  setImmediate(() => read<() => void>(from, 'kMaybeDestroy').call(from));
  return true;
}
