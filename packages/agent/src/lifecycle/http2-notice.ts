import type { ServerHttp2Session } from 'node:http2';
import net from 'node:net';
import { sessionStateOf, socketOf } from '../intercept/http2-internals.ts';
import type { Work } from './connections.ts';

/**
 * GOAWAY with the highest possible stream and no error: clients open no more streams, those on the wire are still served. Written to the
 * socket as it is, because after `session.goaway` Node.js itself ignores every later stream.
 */
const NOTICE = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** Asks the client of a session to open no more streams on it. False: it is too early, because the server's settings must come first. */
export function giveNotice(session: ServerHttp2Session): boolean {
  if (session.destroyed || session.closed) return true;
  const socket = socketOf(session);
  if (session.pendingSettingsAck || !socket || socket.destroyed) return false;
  net.Socket.prototype.write.call(socket, NOTICE);
  return true;
}

/** What is under way on each stream of a session. */
export function workOnSession(session: ServerHttp2Session): Work[] {
  if (session.destroyed) return [];
  const streams = [...sessionStateOf(session).streams.values()].filter(({ destroyed }) => !destroyed);
  return streams.map(({ headersSent, sentHeaders }) =>
    headersSent && sentHeaders?.['content-length'] === undefined ? 'stream' : 'request',
  );
}
