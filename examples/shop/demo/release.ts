import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FAIRWAY } from './control-plane.ts';
import type { Fleet } from './fleet.ts';
import { NAMESPACE } from './instances.ts';
import type { ServiceName } from './service-program.ts';

/** Replaces a service under traffic, and gives in words what the loss ledger says of it. */
export async function releaseAndAsk(fleet: Fleet, service: ServiceName): Promise<string> {
  const replaced = await fleet.roll(service);
  const { server, token } = fleet.controlPlane;
  const env = { ...process.env, FAIRWAY_SERVER: server, FAIRWAY_TOKEN: token, FAIRWAY_NAMESPACE: NAMESPACE };
  const { stdout } = await promisify(execFile)(FAIRWAY, ['losses', '--service', service, '--since', '10m'], { env });
  return `${service}: ${replaced} instances replaced\n${stdout}`;
}
