import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** How a process ended: its status, or the signal that ended it, and the lines that it printed. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** An instance that runs until it is told to end. */
export interface Leaver {
  readonly port: number;
  readonly child: ChildProcess;
  readonly ended: Promise<End>;
}

const FIXTURES = fileURLToPath(new URL('fixture', import.meta.url));

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts fixture/leaving.cjs, or another, and waits until it listens. `node`: the program, perhaps with what runs it before it. */
export async function startLeaver(
  node: string | readonly string[],
  environment: Record<string, string | undefined>,
  file = 'leaving.cjs',
): Promise<Leaver> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const [command = '', ...args] = [node, file].flat();
  const child = spawn(command, args, { cwd: FIXTURES, env: { ...inherited, ...environment } });
  running.add(child);
  child.once('close', () => running.delete(child));
  const lines: string[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, lines, stderr }) as End);
  await Promise.race([once(reader, 'line'), ended]);
  return { child, ended, port: Number(lines.shift()?.split(' ')[1]) };
}

/** What callers saw. */
export interface Tally {
  answered: number;
  /** What went wrong, one for each request. */
  readonly lost: string[];
}

/** One request over HTTP/1.1, on a kept connection; nothing is tried twice. */
function get(agent: http.Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path: '/?ms=4', agent }, (res) => {
      res.resume().on('error', reject).once('end', resolve);
    });
    req.on('error', reject);
  });
}

function get2(session: http2.ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': '/?ms=4' });
    stream.on('error', reject).resume().once('end', resolve);
    stream.once('close', () => stream.rstCode !== 0 && reject(new Error(`rst ${stream.rstCode}`)));
  });
}

/** Callers that call without pause, whoever `pick` names, until they are stopped. */
export interface Callers {
  stop(): Promise<Tally>;
}

/** Starts callers over HTTP/1.1. They do not retry. */
export function startCallers(count: number, pick: () => number): Callers {
  const agent = new http.Agent({ keepAlive: true });
  return callers(
    count,
    () => get(agent, pick()),
    () => agent.destroy(),
  );
}

/** Starts callers over HTTP/2: a session for each port, left where it says that it goes away. They do not retry. */
export function startCallers2(count: number, pick: () => number): Callers {
  const sessions = new Map<number, http2.ClientHttp2Session>();
  function sessionTo(port: number): http2.ClientHttp2Session {
    const known = sessions.get(port);
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    session.on('goaway', () => sessions.get(port) === session && sessions.delete(port));
    sessions.set(port, session);
    return session;
  }
  return callers(
    count,
    () => get2(sessionTo(pick())),
    () => {
      for (const session of sessions.values()) session.destroy();
    },
  );
}

function callers(count: number, call: () => Promise<void>, end: () => void): Callers {
  const tally: Tally = { answered: 0, lost: [] };
  let isOver = false;
  async function run(): Promise<void> {
    while (!isOver) {
      try {
        await call();
        tally.answered++;
      } catch (error) {
        tally.lost.push(String(error));
        await new Promise(setImmediate);
      }
    }
  }
  const all = Promise.all(Array.from({ length: count }, run));
  return {
    async stop() {
      isOver = true;
      await all;
      end();
      return tally;
    },
  };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
