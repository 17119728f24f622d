import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';

const PROGRAM = fileURLToPath(new URL('./program/instance.cjs', import.meta.url));

export type ServiceName = 'front' | 'back';

/** What an instance does at SIGTERM: nothing of its own, `server.close()`, or `process.exit()`. */
export const STYLES = ['none', 'close', 'exit'] as const;
export type Style = (typeof STYLES)[number];

/** How an instance behaves. */
export interface Told {
  readonly mode?: 'ok' | 'errors' | 'slow' | 'hang' | 'refuse' | 'exit';
  /** Its wall clock is that much ahead from now on. */
  readonly jumpMs?: number;
  /** Origins of the next service, where there is no agent to find it. */
  readonly next?: readonly string[];
}

/** Requests that an instance is working on, and those that it was asked so far. */
export interface Work {
  readonly busy: number;
  readonly served: number;
}

/** A running copy of a service. */
export interface StormInstance {
  readonly id: string;
  readonly service: ServiceName;
  readonly host: string;
  readonly child: Child;
  /** Tells it how to behave; gives what it did so far. */
  tell(told: Told): Promise<Work>;
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
      return (await answer.json()) as Work;
    },
  };
}
