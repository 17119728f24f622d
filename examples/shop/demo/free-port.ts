import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections: between the look and the use, no connection takes one. */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const TRIES = 100;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** A port of 127.0.0.1 that was free a moment ago: the preferred one if it is. @throws Error when none is found */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let i = 0; i < TRIES; i++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} of 127.0.0.1`);
}
