import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout } from 'node:timers';

/** What is asked, in this process. */
export interface HealthTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly isTls: boolean;
}

/** Asks once; calls back with whether the answer was a 2xx. */
export type HealthCheck = (target: HealthTarget, then: (isHealthy: boolean) => void) => void;

const TIMEOUT_MS = 2000;
const ANYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '': '127.0.0.1' };

/** Creates the check with Node's own core as it is now: call it before the interception is installed. */
export function createHealthCheck(): HealthCheck {
  const cores = [http, https].map((core) => {
    const { addRequest } = core.Agent.prototype as unknown as { addRequest: unknown };
    const agent = Object.assign(new core.Agent({ keepAlive: false }), { addRequest });
    return { request: core.request, agent };
  });
  return ({ host, port, path, isTls }, then) => {
    const { request, agent } = cores[isTls ? 1 : 0] as (typeof cores)[number];
    const req = request({ agent, host: ANYWHERE[host] ?? host, port, path, rejectUnauthorized: false } as object);
    let isHealthy = false;
    const timer = setTimeout(() => req.destroy(), TIMEOUT_MS).unref();
    req.once('socket', (socket) => socket.unref());
    req.on('error', () => undefined);
    req.once('response', (res: http.IncomingMessage) => {
      const status = res.statusCode ?? 0;
      isHealthy = status >= 200 && status < 300;
      res.on('error', () => undefined);
      req.destroy();
    });
    req.once('close', () => {
      clearTimeout(timer);
      then(isHealthy);
    });
    req.end();
  };
}
