import { NODE_VERSIONS } from './application.ts';

/** The clients of fixture/client.cjs: the oldest Node.js that each is made for, and the ways in which it calls. */
export const CLIENTS: readonly { readonly name: string; readonly since: number; readonly ways: readonly string[] }[] = [
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

/** The versions of Node.js, for a test of each. */
export const VERSIONS: readonly number[] = NODE_VERSIONS.map(({ version }) => version);
