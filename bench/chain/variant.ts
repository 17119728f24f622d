import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AGENT_FILE } from '@fairway/agent';
import { FairwayError } from '@fairway/model';
import { LANE, type LinkAddress, NAMESPACE } from '../control-plane.ts';
import { envoy } from './envoy.ts';
import { nginx } from './nginx.ts';
import type { SidecarProgram } from './sidecar.ts';

/** What makes a chain of three services what it is. */
export interface Variant {
  readonly name: string;
  /** Environment of each of its services. */
  readonly env: (service: string) => NodeJS.ProcessEnv;
  /** Names mean what Fairway says: that of a service, by where it stands in the chain. Absent: addresses are given to the services. */
  readonly nameOf?: (service: string) => string;
  /** Headers of its requests. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What stands beside each service. */
  readonly sidecar?: SidecarProgram;
  /** A header that the last service must see (default `host`); without it, the chain is not what it is said to be. */
  readonly proof?: string;
  /** Tells whether it can run on a Node.js. @throws FairwayError FAIRWAY_ENVIRONMENT when not */
  readonly check?: (nodeMajor: number) => void;
}

const require = createRequire(import.meta.url);

/** Environment of a process under the agent. */
export function agentEnvironment(link: LinkAddress, service: string, lane = ''): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: `--require ${AGENT_FILE}`,
    FAIRWAY_SERVER: link.server,
    FAIRWAY_TOKEN: link.token,
    FAIRWAY_NAMESPACE: NAMESPACE,
    FAIRWAY_SERVICE: service,
    FAIRWAY_LANE: lane,
    FAIRWAY_STATE_DIR: link.stateDir,
  };
}

const OTEL_FILE = fileURLToPath(new URL('./otel.cjs', import.meta.url));

/** No Datadog agent listens there: spans are made, sampled, encoded and sent in vain. */
const DATADOG = {
  NODE_OPTIONS: `--require ${require.resolve('dd-trace/init')}`,
  DD_TRACE_AGENT_URL: 'http://127.0.0.1:9',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
};

function checkDatadog(nodeMajor: number): void {
  const { version, engines } = require('dd-trace/package.json');
  if (nodeMajor >= Number(/\d+/.exec(engines.node)?.[0])) return;
  throw new FairwayError('FAIRWAY_ENVIRONMENT', `dd-trace ${version} is for Node.js ${engines.node}`);
}

const bare = () => ({});

const IN_LANE = { headers: { 'x-fairway-lane': LANE }, proof: 'x-fairway-lane' };

function governed(link: LinkAddress, name: string, nameOf: (service: string) => string, lane = ''): Variant {
  return { name, nameOf, env: (service) => agentEnvironment(link, nameOf(service), lane) };
}

/** All variants; the first is what the others are compared with. */
export function variants(link: LinkAddress): readonly Variant[] {
  return [
    { name: 'bare', env: bare },
    { name: 'bare again', env: bare },
    governed(link, 'agent, base', (service) => service),
    { ...governed(link, 'agent, lane', (service) => service, LANE), ...IN_LANE },
    { ...governed(link, 'agent, lane in base', (service) => `base-${service}`), ...IN_LANE },
    { name: 'OpenTelemetry', env: () => ({ NODE_OPTIONS: `--require ${OTEL_FILE}` }), proof: 'traceparent' },
    { name: 'dd-trace', env: () => DATADOG, proof: 'x-datadog-trace-id', check: checkDatadog },
    { name: 'NGINX sidecars', env: bare, sidecar: nginx },
    { name: 'Envoy sidecars', env: bare, sidecar: envoy, proof: 'x-envoy-expected-rq-timeout-ms' },
  ];
}
