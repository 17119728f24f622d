import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

async function tryPort(port: number): Promise<number | null> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  const taken = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return taken;
}

/** A port of 127.0.0.1 that was free a moment ago: the preferred one if it is. */
export async function freePort(preferred = 0): Promise<number> {
  return (await tryPort(preferred)) ?? ((await tryPort(0)) as number);
}
