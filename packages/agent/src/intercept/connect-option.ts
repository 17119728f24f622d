import { isIP } from 'node:net';
import type { Target } from '../govern/route.ts';

/** Options of a request as Node.js has normalised them by the time that an agent sees them. */
export interface ConnectOptions {
  host?: string;
  hostname?: string;
  port?: number | string;
  protocol?: string;
  servername?: string;
  socketPath?: string;
  proxyEnv?: object;
  _agentKey?: string;
}

/** The options of a connection to an instance. `isNamed`: TLS is to go by the name that was dialled, as by no other name before. */
export function towards(target: Target, options: ConnectOptions, isNamed: boolean): ConnectOptions {
  const to = { ...options, host: target.host, hostname: target.host, port: target.port };
  if (isNamed && to.servername === undefined) {
    const dialled = options.host ?? options.hostname ?? '';
    to.servername = isIP(dialled) ? '' : dialled;
  }
  return to;
}
