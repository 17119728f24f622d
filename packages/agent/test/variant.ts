import { writeFileSync } from 'node:fs';

/** A client: the oldest Node.js that it is made for, and the ways in which it calls. */
export interface Client {
  readonly name: string;
  readonly since: number;
  readonly ways: readonly string[];
}

/** The clients of fixture/client.cjs. */
const HTTP_CLIENTS: readonly Client[] = [
  {
    name: 'node:http, node:https',
    since: 16,
    ways: [
      'http.request',
      'http.request without agent',
      'http.request keep-alive',
      'http.request header array',
      'http.request expect',
      'http.get',
      'http.get by options',
    ],
  },
  { name: 'agentkeepalive', since: 16, ways: ['agentkeepalive'] },
  { name: 'axios', since: 16, ways: ['axios'] },
  { name: 'got', since: 20, ways: ['got'] },
  { name: 'node-fetch', since: 16, ways: ['node-fetch'] },
  { name: 'fetch of Node.js', since: 18, ways: ['fetch'] },
  { name: 'undici 5', since: 16, ways: undici(5) },
  { name: 'undici 6', since: 18, ways: undici(6, 'request RetryAgent') },
  { name: 'undici 7', since: 20, ways: undici(7, 'request RetryAgent') },
  { name: 'undici 8', since: 22, ways: undici(8, 'request RetryAgent') },
  { name: 'ws', since: 16, ways: ['ws'] },
];

const echo = (name: string) => [`${name} unary`, `${name} stream`];
const grpc = (copy: string) =>
  ['unary', 'TLS', 'retry', 'client stream', 'server stream', 'bidi'].map((way) => `${copy} ${way}`);

/** The clients of fixture/rpc-client.cjs. */
const RPC_CLIENTS: readonly Client[] = [
  { name: 'node:http2', since: 16, ways: ['http2.connect', 'http2.connect TLS', 'http2.connect header array'] },
  { name: 'grpc-js 1.14', since: 16, ways: grpc('grpc-js') },
  { name: 'grpc-js 1.8', since: 16, ways: grpc('grpc-js-1.8') },
  {
    name: 'connect-node',
    since: 22,
    ways: [
      ...['connect-node', 'connect-node gRPC', 'connect-node gRPC TLS'].flatMap(echo),
      'connect-node HTTP/1.1 unary',
    ],
  },
  { name: 'dubbo-node (Triple)', since: 16, ways: echo('dubbo-node') },
  { name: 'undici 6, `allowH2`', since: 18, ways: ['undici6 allowH2'] },
  { name: 'undici 7, `allowH2`', since: 20, ways: ['undici7 allowH2'] },
  { name: 'undici 8, `allowH2`', since: 22, ways: ['undici8 allowH2'] },
];

/** All clients, as they are listed. */
export const CLIENTS: readonly Client[] = [...HTTP_CLIENTS, ...RPC_CLIENTS];

function undici(copy: number, ...more: string[]): string[] {
  const ways = ['request', 'request Pool', 'request Client', 'stream', 'pipeline', 'fetch', ...more];
  return ways.map((way) => `undici${copy} ${way}`);
}

/** Ways that some versions of Node.js do not have: undici 5 brings no `fetch` to Node.js 16; sessions take header arrays since 24. */
const SINCE: Readonly<Record<string, number>> = { 'undici5 fetch': 18, 'http2.connect header array': 24 };

function waysOf(clients: readonly Client[], version: number): string[] {
  const runs = clients.filter(({ since }) => version >= since).flatMap(({ ways }) => ways);
  return runs.filter((way) => version >= (SINCE[way] ?? 0));
}

/** The ways of calling over HTTP/1.1 that a version of Node.js has. */
export function clientsOn(version: number): string[] {
  return waysOf(HTTP_CLIENTS, version);
}

/** The ways of calling over HTTP/2 that a version of Node.js has. */
export function rpcClientsOn(version: number): string[] {
  return waysOf(RPC_CLIENTS, version);
}

/** How the application was built. */
export const VARIANTS = ['plain', 'esbuild CJS', 'esbuild ESM', 'webpack'] as const;
export type Variant = (typeof VARIANTS)[number];

/** What a run proved: these ways of calling, on this Node.js, in an application that was built so. */
export interface Fact {
  readonly version: number;
  readonly variant: Variant;
  readonly ways: readonly string[];
}

/** What is proved together: each kind of fact is kept in a file of its own. */
type Kind = 'http' | 'rpc';

/** Keeps a fact in the folder that the environment names by COMPATIBILITY_FACTS, where it does: `tools/compatibility.ts` reads it. */
export function record(kind: Kind, fact: Fact): void {
  const folder = process.env['COMPATIBILITY_FACTS'];
  const name = `${kind}-${fact.version}-${fact.variant.replace(' ', '-')}.json`;
  if (folder) writeFileSync(`${folder}/${name}`, JSON.stringify(fact));
}
