// The control plane of the fleet, in a process of its own so that its memory and CPU can be measured.
import { setTimeout as delay } from 'node:timers/promises';
import { CONSOLE_DIR } from '@fairway/console';
import { type RunningServer, startServer } from '@fairway/server';
import { answering } from './member.ts';

/** Where a server listens, and keeps what it knows. */
export interface Where {
  readonly port: number;
  readonly dataDir: string;
  /** PostgreSQL, where it is one of several replicas. */
  readonly databaseUrl?: string;
}

/** What the server takes. */
export interface Usage {
  readonly rssBytes: number;
  /** Heap and buffers after a full collection. */
  readonly heldBytes: number;
  readonly cpuMs: number;
  /** Open sockets. */
  readonly sockets: number;
}

let server: RunningServer | undefined;

function collect(): void {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
}

/** CPU time since its start. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function usage(): Promise<Usage> {
  collect();
  await delay(100);
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  return { rssBytes: rss, heldBytes: heapUsed + external, cpuMs: cpuMs(), sockets };
}

answering({
  async listen({ adminToken, ...where }: Where & { readonly adminToken?: string }) {
    server = await startServer({ ...where, log: { level: 'error' }, consoleDir: CONSOLE_DIR });
    return { url: server.url, token: server.bootstrapToken ?? adminToken };
  },
  close: () => server?.close(),
  cpuMs,
  usage,
});
