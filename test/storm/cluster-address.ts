import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Relay } from './relay.ts';

/** The address of a service as a cluster gives it: whoever connects is connected to one of the instances of a list, for as long as the connection lives. */
export interface ClusterAddress {
  /** The instances from now on. */
  hosts: readonly string[];
  close(): Promise<void>;
}

/** Listens on some ports of an address of this machine, which are those of the instances too. */
export async function startClusterAddress(host: string, ports: readonly number[]): Promise<ClusterAddress> {
  const joined = new Relay();
  let turn = 0;
  const address: ClusterAddress = {
    hosts: [],
    async close() {
      for (const server of servers) server.close();
      joined.close();
    },
  };

  function relay(near: Socket, port: number): void {
    const to = address.hosts[turn++ % address.hosts.length];
    if (to === undefined) return void near.destroy();
    const far = connect({ host: to, port });
    joined.join(near, far);
    near.pipe(far).pipe(near);
  }

  async function listen(port: number): Promise<Server> {
    const server = createServer((near) => relay(near, port)).listen(port, host);
    await once(server, 'listening');
    return server;
  }
  const servers = await Promise.all(ports.map(listen));
  return address;
}
