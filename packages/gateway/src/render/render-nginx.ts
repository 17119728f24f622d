import { type Gateway, type Instance, namespaceOf, type Resource } from '@fairway/model';
import { type GatewayView, renderHttp, type Section } from './http.ts';
import { renderStream } from './stream.ts';
import { DOLLAR, quoted } from './text.ts';

/** What a configuration is rendered from. */
export interface RenderInput {
  readonly gateway: Gateway;
  /** Resources of the gateway's namespace, and of those it sends to. */
  readonly resources: readonly Resource[];
  /** Services in full. Those whose host is not an IP address are passed over: resolve names before. */
  readonly instances: readonly Instance[];
  /** Of this machine. */
  readonly host: {
    /** Where NGINX keeps its pid, log and temporary files; absolute. */
    readonly dir: string;
    readonly workers: number;
    /** The stream module, where it is not built in; needed for TCP entries only. */
    readonly streamModule?: string | undefined;
  };
}

/** A configuration: file name -> text. */
export interface Rendered {
  readonly files: Readonly<Record<string, string>>;
}

/** Name of the main file. */
export const MAIN_FILE = 'nginx.conf';

const MAP_SIZES = ['variables_hash_max_size 16384;', 'variables_hash_bucket_size 256;', 'map_hash_bucket_size 256;'];

/** `geo` is the one block whose values are not expanded. */
const ONE_DOLLAR = `geo $${DOLLAR} {\n    default "$";\n}\n`;

const HTTP_LINES = [
  ...MAP_SIZES,
  'server_names_hash_bucket_size 512;',
  'server_names_hash_max_size 4096;',
  'server_tokens off;',
  'access_log off;',
  'tcp_nodelay on;',
  'merge_slashes off;',
  'underscores_in_headers on;',
  'ignore_invalid_headers off;',
  'large_client_header_buffers 8 32k;',
  'client_max_body_size 0;',
  'keepalive_requests 100000;',
  // The application decides what is too slow: bodies flow through as they come, in both directions.
  'proxy_request_buffering off;',
  'proxy_buffering off;',
  'proxy_max_temp_file_size 0;',
  'proxy_buffer_size 32k;',
  'proxy_buffers 8 32k;',
  'proxy_connect_timeout 5s;',
  'proxy_read_timeout 1h;',
  'proxy_send_timeout 1h;',
  // Another instance after a failed connection. NGINX never repeats a request that may have changed something.
  'proxy_next_upstream error timeout;',
  'proxy_next_upstream_tries 3;',
  'proxy_http_version 1.1;',
  'proxy_redirect off;',
  'proxy_pass_header Server;',
  'proxy_pass_header Date;',
  'proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;',
];

const UPGRADE = 'map $http_upgrade $fw_connection {\n    default "upgrade";\n    "" "";\n}\n';
const SCHEME =
  'map $http_x_forwarded_proto $fw_scheme {\n    default "$http_x_forwarded_proto";\n    "" "$scheme";\n}\n';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function indented(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function httpText(dir: string, section: Section): string {
  const paths = TEMPORARY.map((name) => `${name}_temp_path ${quoted(`${dir}/temp/${name}`)};`);
  const { variables, upstreams, servers } = section;
  return `http {\n${indented([...paths, ...HTTP_LINES])}${UPGRADE}${SCHEME}${ONE_DOLLAR}${variables}${upstreams}${servers}}\n`;
}

function streamText({ variables, upstreams, servers }: Section): string {
  const lines = [...MAP_SIZES, 'tcp_nodelay on;', 'proxy_connect_timeout 5s;', 'proxy_timeout 24h;'];
  return `stream {\n${indented(lines)}${ONE_DOLLAR}${variables}${upstreams}${servers}}\n`;
}

function viewOf({ gateway, resources, instances }: RenderInput): GatewayView {
  const namespace = namespaceOf(gateway);
  const own = resources.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace);
  const spec = own?.kind === 'Namespace' ? own.spec : {};
  return {
    gateway: `${namespace}/${gateway.metadata.name}`,
    namespace,
    isEdge: gateway.spec.edge !== false,
    isEnabled: spec.enabled !== false,
    laneHeaders: (spec.laneHeaders ?? []).map((name) => name.toLowerCase()).filter((name) => name !== 'x-fairway-lane'),
    resources,
    instances,
  };
}

/**
 * Renders a gateway as a configuration of NGINX 1.22 or newer. The same input gives the same text.
 *
 * @throws FairwayError FAIRWAY_GATEWAY_REFUSED naming the rule that NGINX cannot decide exactly as the agents do
 */
export function renderNginx(input: RenderInput): Rendered {
  const { dir, workers, streamModule } = input.host;
  const view = viewOf(input);
  const { entries } = input.gateway.spec;
  const http = renderHttp(
    view,
    entries.filter(({ protocol }) => protocol === 'http'),
  );
  const tcp = entries.filter(({ protocol }) => protocol === 'tcp');
  const main = [
    `# Written by fairway for gateway ${view.gateway}; changes are overwritten.`,
    ...(tcp.length > 0 && streamModule ? [`load_module ${quoted(streamModule)};`] : []),
    `worker_processes ${workers};`,
    `pid ${quoted(`${dir}/nginx.pid`)};`,
    `lock_file ${quoted(`${dir}/nginx.lock`)};`,
    `error_log ${quoted(`${dir}/nginx.log`)} notice;`,
    'events { worker_connections 8192; }',
  ];
  const text = indented(main) + httpText(dir, http) + (tcp.length > 0 ? streamText(renderStream(view, tcp)) : '');
  return { files: { [MAIN_FILE]: text } };
}
