import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { hostPort } from '@fairway/core';
import type { Target } from '../govern/route.ts';
import { keepAwake, keepOpen, sisterOf, socketOf, tlsOptionsOf } from './http2-internals.ts';

/** Told once of a branch that was asked for: it can take streams, or it never will. */
export interface Waiter {
  ready(session: ClientHttp2Session): void;
  failed(error: Error): void;
}

/** What an application did to a session, for the branches that come later. */
export interface Settled {
  settings?: object;
  windowSize?: number;
  /** It does not keep the process alive. */
  isUnref?: boolean;
}

interface Branch {
  readonly session: ClientHttp2Session;
  /** Undefined: streams may start. */
  waiting: Waiter[] | undefined;
  streams: number;
  isPinged: boolean;
  error?: Error;
}

const branchSessions = new WeakSet<ClientHttp2Session>();

/** Whether a session was opened on behalf of another one. */
export function isBranch(session: ClientHttp2Session): boolean {
  return branchSessions.has(session);
}

/** Beyond it the oldest that has no streams is closed. */
const MAX_BRANCHES = 256;

/** The parent's limits on its own memory guard the parent: a branch must not fail where the parent would not. */
const LIMITS = { maxSessionMemory: Number.MAX_SAFE_INTEGER, maxHeaderListPairs: 65_535 };

/**
 * Sessions to single instances, on behalf of one that the application made. They are opened when they are first needed and stay warm; they
 * keep the process alive only while they have streams and the parent would; the parent is not over before their streams are.
 */
export class Branches {
  readonly #parent: ClientHttp2Session;
  /** Kept, as a session that lost it has it no more. */
  readonly #socket: ReturnType<typeof socketOf>;
  readonly #settled: Settled;
  readonly #outside: <T>(run: () => T) => T;
  readonly #book = new Map<string, Branch>();
  /** Also those that are in the book no more, and have streams. */
  readonly #alive = new Set<Branch>();
  #streams = 0;
  #open: { release(): void } | undefined;

  /** `outside` runs something on behalf of no request. */
  constructor(parent: ClientHttp2Session, settled: Settled, outside: <T>(run: () => T) => T) {
    this.#parent = parent;
    this.#socket = socketOf(parent);
    this.#settled = settled;
    this.#outside = outside;
    parent.once('close', () => {
      for (const branch of this.#alive) this.#closeIdle(branch);
    });
  }

  /** Asks for the branch to an instance, for a stream. Whether it was ready, and `waiter` has heard. */
  reach(target: Target, stream: ClientHttp2Stream, waiter: Waiter): boolean {
    const key = hostPort(target.host, target.port);
    const known = this.#book.get(key);
    const branch = known && !isOver(known.session) ? known : this.#opened(key, target);
    this.#count(branch, stream);
    if (branch.waiting) branch.waiting.push(waiter);
    else waiter.ready(branch.session);
    return branch.waiting === undefined;
  }

  forEachReady(act: (session: ClientHttp2Session) => void): void {
    for (const { session, waiting } of this.#alive) if (!waiting) act(session);
  }

  /** Ends all at once, as the parent is ended. */
  destroy(args: Parameters<ClientHttp2Session['destroy']>): void {
    for (const { session } of this.#alive) session.destroy(...args);
  }

  /** The parent was told whether to keep the process alive. */
  reref(): void {
    for (const branch of this.#alive) this.#ref(branch);
  }

  /** Asks those that have streams whether they are there; one that did not answer the last time is ended, as its peer is gone. */
  ping(): void {
    for (const branch of this.#alive) {
      if (branch.waiting || branch.streams === 0 || branch.session.closed) continue;
      if (branch.isPinged) branch.session.destroy(new Error('the peer does not answer pings'));
      else
        branch.isPinged = branch.session.ping(() => {
          branch.isPinged = false;
        });
    }
  }

  #opened(key: string, target: Target): Branch {
    this.#makeRoom();
    const options = { ...LIMITS, settings: this.#settled.settings };
    const session = this.#outside(() => sisterOf(this.#parent, connectLike(this.#socket, target), options));
    branchSessions.add(session);
    const branch: Branch = { session, waiting: [], streams: 0, isPinged: false };
    this.#book.set(key, branch);
    this.#alive.add(branch);
    keepAwake(session, this.#parent);
    const leave = () => {
      if (this.#book.get(key) === branch) this.#book.delete(key);
    };
    session
      .once('remoteSettings', () => this.#ready(branch))
      .once('goaway', leave)
      .once('close', () => {
        leave();
        this.#alive.delete(branch);
        const { waiting, error = new Error('the connection was closed before it was ready') } = branch;
        branch.waiting = undefined;
        for (const waiter of waiting ?? []) waiter.failed(error);
      })
      .on('error', (error) => {
        leave();
        branch.error = error;
      })
      .on('stream', (pushed: ClientHttp2Stream, ...more: unknown[]) => {
        this.#count(branch, pushed);
        this.#parent.emit('stream', pushed, ...more);
      });
    return branch;
  }

  /** The peer said how many streams it takes: from here on Node.js keeps to that. */
  #ready(branch: Branch): void {
    const { windowSize } = this.#settled;
    if (windowSize !== undefined) branch.session.setLocalWindowSize(windowSize);
    const { waiting } = branch;
    branch.waiting = undefined;
    for (const waiter of waiting ?? []) {
      // A peer that is leaving may say so before its settings.
      if (isOver(branch.session)) waiter.failed(new Error('the peer is leaving'));
      else waiter.ready(branch.session);
    }
    this.#ref(branch);
  }

  #count(branch: Branch, stream: ClientHttp2Stream): void {
    branch.streams++;
    if (this.#streams++ === 0) this.#open = keepOpen(this.#parent);
    this.#ref(branch);
    stream.once('close', () => {
      branch.streams--;
      this.#ref(branch);
      this.#closeIdle(branch);
      if (--this.#streams === 0) this.#open?.release();
    });
  }

  /** Those that have streams outlive a parent that lost its connection. */
  #closeIdle({ session, streams }: Branch): void {
    if (streams === 0 && this.#parent.destroyed) session.close();
  }

  #ref({ session, streams }: Branch): void {
    if (streams > 0 && !this.#settled.isUnref) session.ref();
    else session.unref();
  }

  #makeRoom(): void {
    if (this.#book.size < MAX_BRANCHES) return;
    for (const [key, { session, streams }] of this.#book) {
      if (streams > 0) continue;
      this.#book.delete(key);
      session.close();
      return;
    }
  }
}

/** Whether a session takes no more streams. */
export function isOver(session: ClientHttp2Session): boolean {
  return session.closed || session.destroyed;
}

/** A connection to an instance, with TLS as on the parent's: the same names, keys and checks. */
function connectLike(socket: ReturnType<typeof socketOf>, { host, port }: Target): Socket {
  const options = socket?.encrypted ? tlsOptionsOf(socket) : undefined;
  if (!options) return net.connect({ host, port });
  const { socket: _, path: __, lookup: ___, ...kept } = options;
  const { servername, checkServerIdentity = tls.checkServerIdentity } = options;
  const dialled = servername || options.host || 'localhost';
  return tls.connect({
    ...kept,
    host,
    port,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(dialled, certificate),
  });
}
