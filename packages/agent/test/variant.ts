import { writeFileSync } from 'node:fs';

/** A client: the oldest Node.js that it is made for, and the ways in which it calls. */
export interface Client {
  readonly name: string;
  readonly since: number;
  readonly ways: readonly string[];
}

/** The clients of fixture/client.cjs. */
export const CLIENTS: readonly Client[] = [
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

function undici(copy: number, ...more: string[]): string[] {
  const ways = ['request', 'request Pool', 'request Client', 'stream', 'pipeline', 'fetch', ...more];
  return ways.map((way) => `undici${copy} ${way}`);
}

/** The ways of calling that a version of Node.js has: undici 5 brings no `fetch` to Node.js 16. */
export function clientsOn(version: number): string[] {
  const runs = CLIENTS.filter(({ since }) => version >= since).flatMap(({ ways }) => ways);
  return runs.filter((way) => version >= 18 || way !== 'undici5 fetch');
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

/** Keeps a fact in the folder that the environment names by COMPATIBILITY_FACTS, where it does: `tools/compatibility.ts` reads it. */
export function record(fact: Fact): void {
  const folder = process.env['COMPATIBILITY_FACTS'];
  if (folder) writeFileSync(`${folder}/${fact.version}-${fact.variant.replace(' ', '-')}.json`, JSON.stringify(fact));
}
