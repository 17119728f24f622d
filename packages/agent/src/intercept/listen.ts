import { type AddressInfo, Server } from 'node:net';
import type { Governor } from '../govern/governor.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';

/** Told of what the application listens on. */
export interface ListenEvents {
  opened(address: AddressInfo, server: Server): void;
  closed(address: AddressInfo, server: Server): void;
}

/**
 * Watches servers of any protocol. `listen` itself runs outside of any request: otherwise all connections of a server that is opened
 * while a request is served would be taken for work of that request.
 */
export function interceptListen(events: ListenEvents, { contexts }: Governor, hook: Hook): void {
  const proto = Server.prototype as unknown as { listen(...args: unknown[]): Server };
  const { listen } = proto;
  const watched = new WeakSet<Server>();

  proto.listen = function (this: Server, ...args) {
    hook.attempt(() => {
      if (watched.has(this)) return;
      watched.add(this);
      watch(this, events, hook);
    });
    const run = () => Reflect.apply(listen, this, args) as Server;
    return contexts.getStore() === undefined ? run() : contexts.run(undefined, run);
  };
  alike(proto, 'listen', listen);
}

function watch(server: Server, events: ListenEvents, hook: Hook): void {
  let open: AddressInfo | undefined;
  server.on('listening', () => {
    // A tick later: the primary of a cluster has by then taken its workers' handles out of the servers that it made for them.
    process.nextTick(() =>
      hook.attempt(() => {
        const address = server.listening ? server.address() : null;
        if (open || !address || typeof address === 'string') return;
        open = address;
        events.opened(address, server);
      }),
    );
  });
  server.on('close', () =>
    hook.attempt(() => {
      if (open) events.closed(open, server);
      open = undefined;
    }),
  );
}
