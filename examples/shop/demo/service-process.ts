import { type Child, type ChildOptions, startChild } from './child.ts';
import { PROGRAMS, type ServiceName } from './service-program.ts';

/** A service of the shop that runs. */
export interface ServiceProcess extends Child {
  readonly service: ServiceName;
  /** `host:port` on which it listens. */
  readonly address: string;
}

/** Starts a service, with only the given environment besides PATH, and resolves when it listens. */
export async function startService(
  service: ServiceName,
  env: NodeJS.ProcessEnv,
  options: Pick<ChildOptions, 'ownGroup'> = {},
): Promise<ServiceProcess> {
  const child = await startChild({
    name: `${service} ${env['RELEASE'] ?? 'base'}`,
    command: process.execPath,
    args: [PROGRAMS[service]],
    env: { PATH: process.env['PATH'], ...env },
    ...options,
    readyLine: / listening on (\S+)$/,
  });
  return { ...child, service, address: child.ready[1] as string };
}
