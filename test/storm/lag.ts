import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay that hands on what the server says so much later: the way to a control plane that is far or busy. */
export interface Lag {
  readonly port: number;
  /** For what comes from now on. */
  set(ms: number): void;
  close(): Promise<void>;
}

/** Starts a relay to a port of this machine. */
export async function startLag(target: number): Promise<Lag> {
  const sockets = new Set<Socket>();
  let lagMs = 0;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
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
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
