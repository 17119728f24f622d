import http from 'node:http';
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Application } from './application.ts';

/** Library -> style -> the lanes in which its continuations ran. */
type Lanes = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Library -> style -> whether all continuations of all requests ran in the lane of their own request. */
export type Held = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** The lanes of requests that come at once, the base lane among them. */
const LANES = ['', 'gray', 'red', 'blue', '', 'gray'];

const labelled = (lane: string) => (lane ? { 'x-fairway-lane': lane } : {});

/** Has an application of fixture/context-hop.cjs do all its work for several requests at once. `bind`: with AsyncResource.bind. */
export async function measure(app: Application, bind: boolean): Promise<Held> {
  try {
    return await measureAll(app, bind);
  } catch (cause) {
    throw new Error(`the application could not do it: ${app.stderr()}`, { cause });
  }
}

async function measureAll(app: Application, bind: boolean): Promise<Held> {
  const query = `count=${LANES.length}${bind ? '&bind' : ''}`;
  const answers = await Promise.all(
    LANES.map(async (lane) => ({ lane, lanes: await app.ask<Lanes>(`/work?${query}`, { headers: labelled(lane) }) })),
  );
  return judge([...(await inbound(app, query)), ...answers]);
}

function judge(answers: readonly { lane: string; lanes: Lanes }[]): Held {
  const held: Record<string, Record<string, boolean>> = {};
  for (const { lane, lanes } of answers) {
    for (const [library, styles] of Object.entries(lanes)) {
      const before = held[library] ?? {};
      const now = Object.entries(styles).map(
        ([style, ran]) => [style, ran.length > 0 && ran.every((one) => one === lane)] as const,
      );
      held[library] = {
        ...before,
        ...Object.fromEntries(now.map(([style, isOwn]) => [style, isOwn && before[style] !== false])),
      };
    }
  }
  return held;
}

/** Has it serve bodies that come slowly, clients that go away, and WebSockets. */
async function inbound(app: Application, query: string): Promise<{ lane: string; lanes: Lanes }[]> {
  const all = [];
  for (const drive of [postSlowly, leaveEvents, sayWord]) {
    const end = await drive(app.port, query);
    const served = await app.ask<{ lane: string; styles: Lanes[string] }[]>(`/served?${query}`);
    end();
    all.push(...served.map(({ lane, styles }) => ({ lane, lanes: { 'servers of Node.js': styles } })));
  }
  return all;
}

/** Pipelined: each request is sent before the one before it is answered, its body in two pieces. */
async function postSlowly(port: number, query: string): Promise<() => void> {
  const socket = net
    .connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .resume();
  for (const lane of LANES) {
    const headers = [`POST /body?${query} HTTP/1.1`, 'host: hop', 'content-length: 6', `x-fairway-lane: ${lane}`];
    socket.write(`${headers.slice(0, lane ? 4 : 3).join('\r\n')}\r\n\r\nabc`);
    await setImmediate();
    socket.write('def');
  }
  return () => socket.destroy();
}

async function leaveEvents(port: number, query: string): Promise<() => void> {
  for (const lane of LANES) {
    const req = http.get({ port, path: `/events?${query}`, headers: labelled(lane), agent: false }, (res) =>
      res.once('data', () => res.destroy()),
    );
    req.on('error', () => undefined);
  }
  return () => undefined;
}

async function sayWord(port: number, query: string): Promise<() => void> {
  for (const lane of LANES) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?${query}`, { headers: labelled(lane) });
    socket.on('open', () => socket.send('word'));
  }
  return () => undefined;
}
