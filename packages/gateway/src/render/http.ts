import { type GatewayEntry, type Instance, namespaceOf, type Resource } from '@fairway/model';
import { writeDestination } from './destination.ts';
import { writeEntries } from './entry-rule.ts';
import { carriedLane, sentBaggage } from './label.ts';
import { PoolBook } from './pool.ts';
import { refusal } from './refusal.ts';
import { HTTP_READER } from './source.ts';
import { literal, quoted } from './text.ts';
import { VariableBook } from './variable-book.ts';

/** What all entries of a gateway share. */
export interface GatewayView {
  /** `namespace/name`. */
  readonly gateway: string;
  readonly namespace: string;
  readonly isEdge: boolean;
  /** Off: every request is base. */
  readonly isEnabled: boolean;
  /** Lower-case names, besides `x-fairway-lane`, from which a label is accepted. */
  readonly laneHeaders: readonly string[];
  readonly resources: readonly Resource[];
  readonly instances: readonly Instance[];
}

/** The text of an HTTP or stream block. */
export interface Section {
  readonly variables: string;
  readonly upstreams: string;
  readonly servers: string;
}

/**
 * Idle connections are closed before Node.js does it (after 5 s), so that no request is sent into a closing one.
 */
const KEEPALIVE = '    keepalive 64;\n    keepalive_timeout 4s;\n    keepalive_requests 100000;\n';

/** Headers that every request to an instance bears. Written in each location: NGINX inherits all of them or none. */
const FORWARD_LINES = [
  'proxy_set_header Host $http_host;',
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
  'proxy_set_header X-Forwarded-Proto $fw_scheme;',
  'proxy_set_header Upgrade $http_upgrade;',
  'proxy_set_header Connection $fw_connection;',
];

/** The lane of a request; empty text: always base. */
function writeLane(view: GatewayView, book: VariableBook): string {
  if (!view.isEnabled) return '';
  const { gateway, namespace } = view;
  const entries = writeEntries({ book, reader: HTTP_READER, gateway, namespace }, view.resources);
  if (view.isEdge) return book.first(entries);
  const disabled = view.resources
    .filter((resource) => resource.kind === 'Lane')
    .filter((lane) => namespaceOf(lane) === namespace && lane.spec.enabled === false)
    .map(({ metadata }) => metadata.name);
  return book.first([carriedLane(book, view.laneHeaders, disabled), ...entries]);
}

/** The labels of a request that goes on; a namespace that is off touches them only where they come from outside. */
function labelLines(view: GatewayView, book: VariableBook, lane: string): string[] {
  if (!view.isEnabled && !view.isEdge) return [];
  const baggage = sentBaggage(book, lane);
  const stripped = view.isEdge ? view.laneHeaders : [];
  return [
    `proxy_set_header X-Fairway-Lane ${quoted(lane)};`,
    `proxy_set_header Baggage ${quoted(baggage)};`,
    ...stripped.map((name) => `proxy_set_header ${quoted(name)} "";`),
  ];
}

function pathOf(entry: GatewayEntry, i: number): string {
  const path = entry.path ?? '/';
  if (!/%|\/\/|\/\.\.?(?:\/|$)/.test(path)) return path;
  throw refusal(`entry ${entry.name}`, {
    path: `spec.entries[${i}].path`,
    found: JSON.stringify(path),
    expected: 'a path as it is after decoding, without %, //, . and ..',
  });
}

function problemBody(service: string, lane: string): string {
  const detail = `no instance of ${service} may take a request in lane ${lane}`;
  return JSON.stringify({ title: 'no instance may take the call', status: 503, code: 'FAIRWAY_NO_INSTANCE', detail });
}

/** Matched by a pattern, not a prefix: NGINX answers `/api` with a redirect where the prefix is `/api/`. */
function locationText(entry: GatewayEntry, path: string, lines: readonly string[], pool: string, body: string): string {
  const none = `@${entry.name}_none`;
  const all = [
    `error_page 418 = ${none};`,
    ...(pool === '' ? ['return 418;'] : []),
    ...(pool.startsWith('$') ? [`if (${pool} = "") { return 418; }`] : []),
    ...FORWARD_LINES,
    ...lines,
    ...(pool === '' ? [] : [`proxy_pass http://${pool};`]),
  ];
  const answer = `location ${none} {\n        default_type application/problem+json;\n        return 503 ${quoted(body)};\n    }\n`;
  const head = path === '/' ? 'location / {' : `location ~ ${quoted(`\\A${literal(path)}`)} {`;
  return `    ${head}\n${all.map((line) => `        ${line}\n`).join('')}    }\n    ${answer}`;
}

/** Host names of an entry; `''`: all that no other entry names. */
function hostsOf(entry: GatewayEntry, i: number): string[] {
  return (entry.hosts ?? ['']).map((host) => {
    if (host === '' || /^(?:\*\.)?[A-Za-z0-9._-]+$/.test(host)) return host.toLowerCase();
    throw refusal(`entry ${entry.name}`, {
      path: `spec.entries[${i}].hosts`,
      found: JSON.stringify(host),
      expected: 'a host name, or *. and a host name',
    });
  });
}

interface Placed {
  readonly entry: GatewayEntry;
  readonly hosts: readonly string[];
  readonly path: string;
  readonly text: string;
}

/** The locations of a host, longest path first; two entries on one place are refused. */
function locationsOf(host: string, placed: readonly Placed[]): string {
  const here = placed.filter(({ hosts }) => hosts.includes(host));
  const others = placed.filter(({ hosts, path }) => hosts.includes('') && !here.some((own) => own.path === path));
  const all = [...here, ...(host === '' ? [] : others)].sort((a, b) => b.path.length - a.path.length);
  all.forEach(({ path, entry }, i) => {
    const other = all.slice(0, i).find((before) => before.path === path)?.entry.name;
    if (other === undefined) return;
    throw refusal(`entry ${entry.name}`, {
      path: 'path',
      found: path,
      expected: `a place that entry ${other} has not`,
    });
  });
  const rest = all.some(({ path }) => path === '/') ? '' : '    location / { return 404; }\n';
  return all.map(({ text }) => text).join('') + rest;
}

function serverText(listen: string, host: string, placed: readonly Placed[]): string {
  const name = host === '' ? '' : `    server_name ${quoted(host)};\n`;
  const flag = host === '' ? ' default_server' : '';
  return `server {\n    listen ${listen}${flag};\n${name}${locationsOf(host, placed)}}\n`;
}

/** Renders the HTTP entries. @throws FairwayError FAIRWAY_GATEWAY_REFUSED */
export function renderHttp(view: GatewayView, entries: readonly GatewayEntry[]): Section {
  const book = new VariableBook();
  const lane = writeLane(view, book);
  const lines = labelLines(view, book, lane);
  const laneName = lane === '' ? 'base' : book.map(lane, [['.', lane]], 'base');
  const byListen = new Map<string, Placed[]>();
  const pools = entries.map((entry, i) => {
    const pool = new PoolBook(entry, view.namespace, view.resources, view.instances);
    const routed = view.isEnabled ? view.resources : [];
    const upstream = writeDestination(book, HTTP_READER, pool, routed, lane);
    const path = pathOf(entry, i);
    const text = locationText(entry, path, lines, upstream, problemBody(pool.service, laneName));
    const placed = byListen.get(entry.listen) ?? [];
    byListen.set(entry.listen, [...placed, { entry, hosts: hostsOf(entry, i), path, text }]);
    return pool;
  });
  const servers = [...byListen].flatMap(([listen, placed]) => {
    const hosts = new Set(['', ...placed.flatMap((place) => place.hosts)]);
    return [...hosts].map((host) => serverText(listen, host, placed));
  });
  return {
    variables: book.text(),
    upstreams: pools.map((pool) => pool.text(KEEPALIVE)).join(''),
    servers: servers.join(''),
  };
}
