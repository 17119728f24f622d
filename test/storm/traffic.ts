import { createStormClient, PROTOCOLS, sendHttp } from './client.ts';
import type { Flow } from './load.ts';
import type { World } from './world.ts';

/** Where plain HTTP enters. */
type Entry = { readonly host: string; readonly port: number };

/** NGINX closes kept connections when it is reloaded, which a client may notice too late: each request has its own, from addresses in turn. */
export function throughNginx(entry: Entry, perSecond: number): Flow {
  let turn = 0;
  return {
    name: 'through NGINX',
    perSecond,
    send: (id) => sendHttp(id, { ...entry, agent: false, localAddress: `127.0.3.${1 + (turn++ % 64)}` }),
  };
}

/** Callers without an agent, which take the instances of the list in turn over kept connections; one flow for each protocol. */
export function direct(world: World, perSecond: number): Flow[] {
  let turn = 0;
  const pick = () => world.fronts[turn++ % world.fronts.length] as string;
  return PROTOCOLS.map((protocol) => ({
    name: `direct, ${protocol}`,
    perSecond: perSecond / PROTOCOLS.length,
    send: createStormClient(protocol, pick).send,
  }));
}
