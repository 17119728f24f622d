import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';

const PROGRAM = fileURLToPath(new URL('./program/instance.cjs', import.meta.url));

export type ServiceName = 'front' | 'back';

/** What an instance does at SIGTERM: nothing of its own, `server.close()`, or `process.exit()`. */
export const STYLES = ['none', 'close', 'exit'] as const;
export type Style = (typeof STYLES)[number];

/** How an instance behaves. */
export interface Told {
  readonly mode?: 'ok' | 'errors' | 'slow' | 'hang';
  /** Origins of the next service, where there is no agent to find it. */
  readonly next?: readonly string[];
}

/** A running copy of a service. */
export interface StormInstance {
  readonly id: string;
  readonly service: ServiceName;
  readonly host: string;
  readonly child: Child;
  /** Tells it how to behave; gives the number of requests that it is just working on. */
  tell(told: Told): Promise<number>;
}

/** Starts one; resolves when it listens. */
export async function startInstance(
  service: ServiceName,
  { id, host, style, env }: { id: string; host: string; style: Style; env: NodeJS.ProcessEnv },
): Promise<StormInstance> {
  const child = await startChild({
    name: id,
    command: process.execPath,
    args: [PROGRAM],
    env: { PATH: process.env['PATH'], HOST: host, NAME: id, STYLE: style, ...env },
    readyLine: / listening$/,
    ownGroup: true,
  });
  return {
    id,
    service,
    host,
    child,
    async tell(told) {
      const answer = await fetch(`http://${host}:8079/`, { method: 'POST', body: JSON.stringify(told) });
      return Number(await answer.text());
    },
  };
}
