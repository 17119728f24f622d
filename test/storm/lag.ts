import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Relay } from './relay.ts';

/** A TCP relay that hands on what the server says so much later: the way to a control plane that is far or busy. */
export interface Lag {
  readonly port: number;
  /** For what comes from now on. */
  set(ms: number): void;
  close(): Promise<void>;
}

/** Starts a relay to a port of this machine. */
export async function startLag(target: number): Promise<Lag> {
  const relay = new Relay();
  let lagMs = 0;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    relay.join(near, far);
    near.pipe(far);
    let dueMs = 0;
    far.on('data', (chunk) => {
      dueMs = Math.max(dueMs, performance.now() + lagMs);
      setTimeout(() => near.writable && near.write(chunk), Math.max(0, dueMs - performance.now()));
    });
    far.on('end', () => setTimeout(() => near.end(), Math.max(0, dueMs - performance.now())));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set(ms) {
      lagMs = ms;
    },
    async close() {
      server.close();
      relay.close();
      await once(server, 'close');
    },
  };
}
