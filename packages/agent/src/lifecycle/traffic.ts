import { channel } from 'node:diagnostics_channel';
import http, { type ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { nowMs } from '../clock.ts';
import type { Hook } from '../hook.ts';
import { ownerOf } from '../intercept/http2-internals.ts';
import { closeAfter } from './close-response.ts';
import { type HttpSocket, Living, type Work, workOn } from './connections.ts';
import { giveNotice, workOnSession } from './http2-notice.ts';

/** Requests of a process at one moment. */
export interface Load {
  /** Requests whose answer is not complete, streams left out. */
  readonly requests: number;
  /** Upgrades, events, answers without a length. */
  readonly streams: number;
}

/** What servers of this process serve. Nothing is counted for each request until notice is given. */
export interface Traffic {
  readonly isListening: boolean;
  /** Requests since the notice, and those of them that were answered with a 5xx or not at all. */
  readonly served: number;
  readonly failed: number;
  /** Since the last request began, or the notice was given. Milliseconds. */
  readonly quietMs: number;
  load(): Load;
  opened(server: Server): void;
  closed(server: Server): void;
  /** From now on every connection is told to end after its next answer. */
  notice(): void;
  /** Sessions that came since the notice are told. To be called again and again. */
  remind(): void;
  /** Takes the notice back. */
  resume(): void;
  /** Stops listening. Connections stay, idle ones too: a request may be on its way on them. */
  closeListeners(): void;
}

type Started = { readonly response: ServerResponse; readonly server: Server };

const STARTED = channel('http.server.request.start');
const FINISHED = channel('http.server.response.finish');

/** Watches servers of node:http, node:https and node:http2. `isOurs`: a server of the agent's own, which does not count. */
export function watchTraffic(hook: Hook, isOurs: (server: Server) => boolean): Traffic {
  const servers = new Set<Server>();
  const known = new WeakSet<Server>();
  const sockets = new Living<HttpSocket>();
  const sessions = new Living<ServerHttp2Session>();
  const told = new WeakSet<ServerHttp2Session>();
  let isLeaving = false;
  let served = 0;
  let failed = 0;
  let lastMs = 0;

  function begin(): void {
    served++;
    lastMs = nowMs();
  }

  const onStarted = (message: unknown) =>
    hook.attempt(() => {
      const { response, server } = message as Started;
      if (isOurs(server)) return;
      begin();
      closeAfter(response);
      response.once('close', () => {
        if (!response.writableFinished) failed++;
      });
    });
  const onFinished = (message: unknown) =>
    hook.attempt(() => {
      const { response, server } = message as Started;
      if (!isOurs(server) && response.statusCode >= 500) failed++;
    });
  const onStream = (stream: ServerHttp2Stream) =>
    hook.attempt(() => {
      begin();
      stream.once('close', () => {
        if (stream.rstCode !== 0) failed++;
      });
    });

  function watch(server: Server): void {
    if (known.has(server)) return;
    known.add(server);
    const { listeners } = kindOf(server);
    for (const event of listeners)
      server.on(event, (one: HttpSocket & ServerHttp2Session) =>
        hook.attempt(() => (event === 'session' ? sessions : (sockets as Living<typeof one>)).add(one)),
      );
  }

  function http2Servers(): Server[] {
    return [...servers].filter((server) => kindOf(server).listeners.includes('session'));
  }

  function remind(): void {
    for (const session of sessions) {
      if (!told.has(session) && giveNotice(session)) told.add(session);
    }
  }

  return {
    get isListening() {
      return servers.size > 0;
    },
    get served() {
      return served;
    },
    get failed() {
      return failed;
    },
    get quietMs() {
      return nowMs() - lastMs;
    },
    load() {
      const works = [...sockets].map(workOn);
      const all = [...works, ...[...sessions].flatMap(workOnSession)];
      const count = (what: Work) => all.filter((work) => work === what).length;
      return { requests: count('request'), streams: count('stream') };
    },
    opened(server) {
      servers.add(server);
      watch(server);
      if (isLeaving) for (const one of http2Servers()) if (one === server) one.on('stream', onStream);
    },
    closed(server) {
      servers.delete(server);
    },
    notice() {
      if (isLeaving) return;
      isLeaving = true;
      served = 0;
      failed = 0;
      lastMs = nowMs();
      STARTED.subscribe(onStarted);
      FINISHED.subscribe(onFinished);
      for (const socket of sockets) if (socket._httpMessage) closeAfter(socket._httpMessage);
      for (const server of http2Servers()) server.on('stream', onStream);
      remind();
    },
    remind,
    resume() {
      isLeaving = false;
      STARTED.unsubscribe(onStarted);
      FINISHED.unsubscribe(onFinished);
      for (const server of http2Servers()) server.removeListener('stream', onStream);
    },
    closeListeners() {
      for (const server of servers) hook.attempt(() => stopAccepting(server));
      for (const session of sessions) hook.attempt(() => session.close());
    },
  };
}

/** The events by which a server tells of its connections. */
function kindOf(server: Server): { readonly listeners: readonly string[] } {
  if (server instanceof https.Server) return { listeners: ['secureConnection'] };
  if (server instanceof http.Server) return { listeners: ['connection'] };
  if (!ownerOf(server, 'updateSettings')) return { listeners: [] };
  return { listeners: 'setSecureContext' in server ? ['session', 'secureConnection'] : ['session'] };
}

interface Handle {
  close(): void;
  getsockname(out: object): number;
}

/** Nobody can connect any more, and the server does not know: the application closes it itself, and is told nothing of an error. */
function stopAccepting(server: Server): void {
  const { _handle: handle } = server as unknown as { _handle: Handle | null };
  const address = server.address() as AddressInfo | null;
  if (!handle || !address) return;
  handle.close();
  handle.getsockname = (out) => {
    Object.assign(out, address);
    return 0;
  };
}
