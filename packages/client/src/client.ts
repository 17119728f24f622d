import {
  FairwayError,
  type Following,
  type LaneComparison,
  type Release,
  type ReleaseStatus,
  type RequestTrace,
  type Resource,
  type ServiceTrafficDetail,
  type Topology,
  type TraceSummary,
  type TrafficSeries,
  type World,
} from '@fairway/model';
import type {
  ApplyResult,
  AuditEntry,
  Change,
  ChangeRequest,
  ClientEvent,
  Commanded,
  ComparisonQuery,
  CreatedToken,
  Diagnosis,
  DiagnosisQuery,
  DiagnosisSummary,
  Drained,
  GatewayApplied,
  HistoryEntry,
  LiveAgent,
  LiveInstance,
  Losses,
  LossQuery,
  Me,
  NamespaceSummary,
  PersonalRole,
  Propagation,
  ReleaseAddress,
  ReleaseOrder,
  Replica,
  ResourceAddress,
  SeriesQuery,
  StoredResource,
  TokenRole,
  TokenSummary,
  TraceQuery,
  TrafficEvent,
  TrafficQuery,
  User,
} from './api.ts';
import { changeOf, eventStream, trafficOf } from './event-stream.ts';
import { type Ask, request, requestBytes, requestText, serverOf, type Transport } from './transport.ts';

/** Where the control plane is and how to speak to it. */
export interface ClientOptions {
  /** Its URL, for example `http://127.0.0.1:7400`; of several replicas a list with commas: the next where one cannot be reached. */
  readonly server: string;
  /** Admin or viewer token; absent: only what needs none. */
  readonly token?: string | undefined;
  /** Of a session: sent with what changes something. The session itself is a cookie of the browser. */
  readonly csrf?: string | undefined;
  readonly fetch?: typeof fetch;
  /** For each request. Default 10 000. */
  readonly timeoutMs?: number;
}

/** How one resource is written. */
export interface WriteOptions {
  /** The revision it must have; null: it must not be there. */
  readonly ifRevision?: number | null | undefined;
  /** Kept in its history. */
  readonly reason?: string | undefined;
}

interface Items<T> {
  readonly items: readonly T[];
}

/** The control plane's API. Every call rejects with a FairwayError; one without an answer with FAIRWAY_UNREACHABLE. */
export interface Client {
  /** The replica that is asked now. */
  readonly server: string;
  /** Whether it is up and may serve. Never rejects for a server that answers. */
  ready(): Promise<boolean>;
  /** Writes all resources or none. `dryRun` only tells what would change. */
  apply(
    resources: readonly Resource[],
    options?: { dryRun?: boolean; reason?: string | undefined },
  ): Promise<ApplyResult>;
  list(filter?: { namespace?: string | undefined; kind?: string | undefined }): Promise<readonly StoredResource[]>;
  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  get(address: ResourceAddress): Promise<StoredResource>;
  /** @throws FairwayError FAIRWAY_CONFLICT when it is not at `ifRevision` */
  put(resource: Resource, address: ResourceAddress, options?: WriteOptions): Promise<Change>;
  /** @throws FairwayError FAIRWAY_CONFLICT when it is not at `ifRevision` */
  delete(address: ResourceAddress, options?: WriteOptions): Promise<Change>;
  history(address: ResourceAddress): Promise<readonly HistoryEntry[]>;
  /** Goes back by one change, or to the state that revision `to` left. */
  undo(address: ResourceAddress, options?: { to?: number | undefined; reason?: string | undefined }): Promise<Change>;
  /** Changes that wait for a second person, the oldest first. */
  requests(namespace?: string): Promise<readonly ChangeRequest[]>;
  /** Makes a change that somebody else asked for. @throws FairwayError FAIRWAY_FORBIDDEN, FAIRWAY_CONFLICT */
  approveRequest(id: string): Promise<ApplyResult>;
  /** Refuses one, or takes it back. */
  rejectRequest(id: string, reason?: string): Promise<void>;
  namespaces(): Promise<readonly NamespaceSummary[]>;
  /** All that is stored, for `fairway restore`, piece by piece. */
  backup(): AsyncIterable<Uint8Array>;
  /** The replicas of the control plane; none: it is a process alone. */
  replicas(): Promise<readonly Replica[]>;
  setNamespace(name: string, enabled: boolean, reason?: string): Promise<Change>;
  /** Turns governance at the instances of a service on or off. @throws FairwayError FAIRWAY_NOT_FOUND */
  setService(service: { namespace: string; name: string }, enabled: boolean, reason?: string): Promise<Change>;
  /** Turns governance at one instance on or off. @throws FairwayError FAIRWAY_NOT_FOUND */
  setInstance(id: string, enabled: boolean, reason?: string): Promise<Change>;
  instances(filter?: {
    namespace?: string | undefined;
    service?: string | undefined;
    lane?: string | undefined;
  }): Promise<readonly LiveInstance[]>;
  agents(filter?: { namespace?: string | undefined; service?: string | undefined }): Promise<readonly LiveAgent[]>;
  /** Tells an instance to leave the traffic, or to come back. @throws FairwayError FAIRWAY_NOT_FOUND */
  command(id: string, command: Commanded['command'], reason?: string): Promise<Commanded>;
  /** Which callers of a draining instance know it; held up to 5 s. @throws FairwayError FAIRWAY_CONFLICT: it is not draining */
  drained(id: string): Promise<Drained>;
  /** The loss ledger. */
  losses(query?: LossQuery): Promise<Losses>;
  /** Who calls whom, by lane. */
  traffic(query?: TrafficQuery): Promise<Topology>;
  trafficSeries(query: SeriesQuery): Promise<TrafficSeries>;
  /** A lane against base. @throws FairwayError FAIRWAY_NOT_FOUND: there is no such lane */
  comparison(query: ComparisonQuery): Promise<LaneComparison>;
  /** What came to the instances and endpoints of a service; `window` 5m at most. */
  serviceTraffic(service: string, window?: string): Promise<ServiceTrafficDetail>;
  /** What {@link Client.traffic} gives, twice a second; reconnects as {@link Client.events} does. */
  liveTraffic(signal: AbortSignal, query?: TrafficQuery): AsyncIterable<TrafficEvent>;
  /** Looks into an instance. @throws FairwayError FAIRWAY_CONFLICT: that is done already, or its agent is away */
  diagnose(instance: string, query: DiagnosisQuery): Promise<DiagnosisSummary>;
  /** What a diagnosis found; held up to 5 s while it runs. @throws FairwayError FAIRWAY_NOT_FOUND */
  diagnosis(id: string): Promise<Diagnosis>;
  /** Those of the last 15 minutes, the latest first. */
  diagnoses(instance?: string): Promise<readonly DiagnosisSummary[]>;
  /** A header that has a request followed, hop by hop. `ttl`: how long it is good, `60s` unless told otherwise. */
  follow(options?: { ttl?: string | undefined; reason?: string | undefined }): Promise<Following>;
  /** All hops of a followed request; with `wait` held until all told, at most 5 s. @throws FairwayError FAIRWAY_NOT_FOUND */
  followed(id: string, options?: { wait?: 'complete' }): Promise<RequestTrace>;
  /** Recent requests of which agents made spans, the latest first. */
  traces(query?: TraceQuery): Promise<readonly TraceSummary[]>;
  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  trace(id: string): Promise<RequestTrace>;
  /** Waits until all connected agents acknowledged the revision, at most `timeoutMs` (up to 30 000, default 0). */
  propagation(revision: number, options?: { namespace?: string | undefined; timeoutMs?: number }): Promise<Propagation>;
  world(namespace?: string): Promise<World>;
  /** Says what a gateway has in force; to be said again within 15 s. */
  gatewayApplied(applied: GatewayApplied): Promise<void>;
  /** Begins a release. @throws FairwayError FAIRWAY_CONFLICT: there is one of that name */
  startRelease(
    release: Release,
    options?: { dryRun?: boolean | undefined; reason?: string | undefined },
  ): Promise<ReleaseStatus>;
  /** The latest first. */
  releases(namespace?: string): Promise<readonly ReleaseStatus[]>;
  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  release(address: ReleaseAddress): Promise<ReleaseStatus>;
  /** @throws FairwayError FAIRWAY_CONFLICT: that makes no sense now */
  orderRelease(address: ReleaseAddress, order: ReleaseOrder, reason?: string): Promise<ReleaseStatus>;
  /** Takes a release to one of its steps, from 1 on. @throws FairwayError FAIRWAY_CONFLICT */
  jumpRelease(address: ReleaseAddress, to: number, reason?: string): Promise<ReleaseStatus>;
  /** What a release did and why. */
  releaseReport(address: ReleaseAddress, format: 'html' | 'markdown'): Promise<string>;
  audit(options?: { limit?: number; before?: number }): Promise<readonly AuditEntry[]>;
  /** Who asks, and what they may do. */
  me(): Promise<Me>;
  /** How one may sign in. */
  signInWays(): Promise<{ readonly oidc: boolean }>;
  /** Signs in, in a browser, which keeps the session. @throws FairwayError FAIRWAY_UNAUTHENTICATED */
  signIn(name: string, password: string): Promise<Me>;
  signOut(): Promise<void>;
  changePassword(old: string, fresh: string): Promise<void>;
  users(): Promise<readonly User[]>;
  createUser(user: {
    name: string;
    role: PersonalRole;
    namespace?: string | undefined;
    password: string;
  }): Promise<User>;
  changeUser(
    name: string,
    change: { role?: PersonalRole; namespace?: string | null; password?: string },
  ): Promise<User>;
  removeUser(name: string): Promise<void>;
  tokens(): Promise<readonly TokenSummary[]>;
  createToken(token: { name: string; role: TokenRole; namespace?: string | undefined }): Promise<CreatedToken>;
  revokeToken(id: string): Promise<void>;
  /** See {@link eventStream}: reconnects by itself until the signal aborts. */
  events(signal: AbortSignal): AsyncIterable<ClientEvent>;
}

const DEFAULT_TIMEOUT_MS = 10_000;

function parseServers(text: string): Transport['servers'] {
  const [first = '', ...others] = text.split(',').map((one) => one.trim());
  return [parseServer(first), ...others.map(parseServer)];
}

function parseServer(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new FairwayError('FAIRWAY_INVALID', `server: found ${JSON.stringify(server)}, expected an http(s) URL`);
}

function pathOf({ namespace, kind, name }: ResourceAddress): string {
  return `/api/v1/resources/${[namespace, kind, name].map(encodeURIComponent).join('/')}`;
}

function writing({ ifRevision, reason }: WriteOptions = {}): Pick<Ask, 'headers' | 'query'> {
  const match = ifRevision === null ? { 'if-none-match': '*' } : { 'if-match': String(ifRevision) };
  const headers = ifRevision === undefined ? {} : match;
  return { headers, query: { reason } };
}

type Resources = Pick<
  Client,
  'apply' | 'list' | 'get' | 'put' | 'delete' | 'history' | 'undo' | 'requests' | 'approveRequest' | 'rejectRequest'
>;

function resourceCalls(transport: Transport): Resources {
  const ask = <T>(question: Ask) => request<T>(transport, question);
  return {
    apply: (resources, options) =>
      ask({ method: 'POST', path: '/api/v1/apply', body: { resources, ...options }, extraMs: 20_000 }),
    list: async (filter) =>
      (await ask<Items<StoredResource>>({ path: '/api/v1/resources', query: { ...filter } })).items,
    get: (address) => ask({ path: pathOf(address) }),
    put: (resource, address, options) =>
      ask({ method: 'PUT', path: pathOf(address), body: resource, ...writing(options) }),
    delete: (address, options) => ask({ method: 'DELETE', path: pathOf(address), ...writing(options) }),
    history: async (address) => (await ask<Items<HistoryEntry>>({ path: `${pathOf(address)}/history` })).items,
    requests: async (namespace) =>
      (await ask<Items<ChangeRequest>>({ path: '/api/v1/requests', query: { namespace } })).items,
    approveRequest: (id) => ask({ method: 'POST', path: `/api/v1/requests/${encodeURIComponent(id)}/approve` }),
    rejectRequest: (id, reason) =>
      ask({ method: 'DELETE', path: `/api/v1/requests/${encodeURIComponent(id)}`, query: { reason } }),
    undo: (address, options) => ask({ method: 'POST', path: `${pathOf(address)}/undo`, body: { ...options } }),
  };
}

type Switches = Pick<Client, 'setNamespace' | 'setService' | 'setInstance'>;

function switchCalls(transport: Transport): Switches {
  const turn = (path: string, enabled: boolean, reason: string | undefined) =>
    request<Change>(transport, { method: 'PUT', path: `/api/v1/${path}`, body: { enabled, reason } });
  const part = encodeURIComponent;
  return {
    setNamespace: (name, enabled, reason) => turn(`namespaces/${part(name)}`, enabled, reason),
    setService: ({ namespace, name }, enabled, reason) =>
      turn(`services/${part(namespace)}/${part(name)}`, enabled, reason),
    setInstance: (id, enabled, reason) => turn(`instances/${part(id)}`, enabled, reason),
  };
}

type Fleet = Pick<
  Client,
  | 'namespaces'
  | 'replicas'
  | 'backup'
  | 'instances'
  | 'agents'
  | 'command'
  | 'drained'
  | 'losses'
  | 'propagation'
  | 'world'
  | 'gatewayApplied'
  | 'events'
>;

function fleetCalls(transport: Transport): Fleet {
  const ask = <T>(question: Ask) => request<T>(transport, question);
  return {
    namespaces: async () => (await ask<Items<NamespaceSummary>>({ path: '/api/v1/namespaces' })).items,
    backup: () => requestBytes(transport, { path: '/api/v1/backup' }),
    replicas: async () => (await ask<Items<Replica>>({ path: '/api/v1/replicas' })).items,
    instances: async (filter) =>
      (await ask<Items<LiveInstance>>({ path: '/api/v1/instances', query: { ...filter } })).items,
    agents: async (filter) => (await ask<Items<LiveAgent>>({ path: '/api/v1/agents', query: { ...filter } })).items,
    command: (id, command, reason) =>
      ask({ method: 'POST', path: `/api/v1/instances/${encodeURIComponent(id)}/${command}`, query: { reason } }),
    drained: (id) => ask({ path: `/api/v1/instances/${encodeURIComponent(id)}/drain` }),
    losses: (query) => ask({ path: '/api/v1/losses', query: { ...query } }),
    propagation: (revision, options) =>
      ask({
        path: '/api/v1/propagation',
        query: { revision, timeoutMs: 0, ...options },
        extraMs: options?.timeoutMs ?? 0,
      }),
    world: (namespace) => ask({ path: '/api/v1/world', query: { namespace } }),
    gatewayApplied: ({ namespace, gateway, ...body }) =>
      ask({
        method: 'POST',
        path: `/api/v1/gateways/${encodeURIComponent(namespace)}/${encodeURIComponent(gateway)}/applied`,
        body,
      }),
    events: (signal) => eventStream<ClientEvent>(transport, { path: '/api/v1/events' }, changeOf, signal),
  };
}

type Traffic = Pick<Client, 'traffic' | 'trafficSeries' | 'comparison' | 'serviceTraffic' | 'liveTraffic'>;

function trafficCalls(transport: Transport): Traffic {
  const path = '/api/v1/traffic';
  return {
    traffic: (query) => request(transport, { path, query: { ...query } }),
    trafficSeries: (query) => request(transport, { path: `${path}/series`, query: { ...query } }),
    comparison: (query) => request(transport, { path: '/api/v1/comparison', query: { ...query } }),
    serviceTraffic: (service, window) => request(transport, { path: `${path}/service`, query: { service, window } }),
    liveTraffic: (signal, query) =>
      eventStream<TrafficEvent>(transport, { path: `${path}/stream`, query: { ...query } }, trafficOf, signal),
  };
}

type Releases = Pick<
  Client,
  'startRelease' | 'releases' | 'release' | 'orderRelease' | 'jumpRelease' | 'releaseReport'
>;

function releaseCalls(transport: Transport): Releases {
  const ask = <T>(question: Ask) => request<T>(transport, question);
  const path = '/api/v1/releases';
  const one = ({ namespace, name }: ReleaseAddress) => `${path}/${[namespace, name].map(encodeURIComponent).join('/')}`;
  return {
    startRelease: (release, options) => ask({ method: 'POST', path, body: { release, ...options } }),
    releases: async (namespace) => (await ask<Items<ReleaseStatus>>({ path, query: { namespace } })).items,
    release: (address) => ask({ path: one(address) }),
    orderRelease: (address, order, reason) =>
      ask({ method: 'POST', path: `${one(address)}/${order}`, body: { reason } }),
    jumpRelease: (address, to, reason) => ask({ method: 'POST', path: `${one(address)}/jump`, body: { to, reason } }),
    releaseReport: (address, format) => requestText(transport, { path: `${one(address)}/report`, query: { format } }),
  };
}

type Diagnoses = Pick<Client, 'diagnose' | 'diagnosis' | 'diagnoses'>;

function diagnosisCalls(transport: Transport): Diagnoses {
  const path = '/api/v1/diagnoses';
  return {
    diagnose: (instance, query) =>
      request(transport, {
        method: 'POST',
        path: `/api/v1/instances/${encodeURIComponent(instance)}/diagnoses`,
        body: { ...query },
      }),
    diagnosis: (id) => request(transport, { path: `${path}/${encodeURIComponent(id)}` }),
    diagnoses: async (instance) =>
      (await request<Items<DiagnosisSummary>>(transport, { path, query: { instance } })).items,
  };
}

type Traces = Pick<Client, 'follow' | 'followed' | 'traces' | 'trace'>;

function traceCalls(transport: Transport): Traces {
  const path = '/api/v1/follow';
  return {
    follow: (options) => request(transport, { method: 'POST', path, body: { ...options } }),
    followed: (id, options) => request(transport, { path: `${path}/${encodeURIComponent(id)}`, query: { ...options } }),
    traces: async (query) =>
      (await request<Items<TraceSummary>>(transport, { path: '/api/v1/traces', query: { ...query } })).items,
    trace: (id) => request(transport, { path: `/api/v1/traces/${encodeURIComponent(id)}` }),
  };
}

type Access = Pick<Client, 'ready' | 'me' | 'audit' | 'tokens' | 'createToken' | 'revokeToken'>;

function accessCalls(transport: Transport): Access {
  const ask = <T>(question: Ask) => request<T>(transport, question);
  return {
    ready: async () => {
      try {
        await ask({ path: '/readyz' });
        return true;
      } catch (error) {
        if (error instanceof FairwayError && error.code === 'FAIRWAY_UNREACHABLE') throw error;
        return false;
      }
    },
    audit: async (options) => (await ask<Items<AuditEntry>>({ path: '/api/v1/audit', query: { ...options } })).items,
    me: () => ask({ path: '/api/v1/me' }),
    tokens: async () => (await ask<Items<TokenSummary>>({ path: '/api/v1/tokens' })).items,
    createToken: (token) => ask({ method: 'POST', path: '/api/v1/tokens', body: token }),
    revokeToken: (id) => ask({ method: 'DELETE', path: `/api/v1/tokens/${encodeURIComponent(id)}` }),
  };
}

type People = Pick<
  Client,
  'signInWays' | 'signIn' | 'signOut' | 'changePassword' | 'users' | 'createUser' | 'changeUser' | 'removeUser'
>;

function peopleCalls(transport: Transport): People {
  const ask = <T>(question: Ask) => request<T>(transport, question);
  const path = '/api/v1/users';
  const one = (name: string) => `${path}/${encodeURIComponent(name)}`;
  return {
    signInWays: () => ask({ path: '/api/v1/session' }),
    signIn: (name, password) => ask({ method: 'POST', path: '/api/v1/session', body: { name, password } }),
    signOut: () => ask({ method: 'DELETE', path: '/api/v1/session' }),
    changePassword: (old, fresh) => ask({ method: 'PUT', path: '/api/v1/me/password', body: { old, new: fresh } }),
    users: async () => (await ask<Items<User>>({ path })).items,
    createUser: (user) => ask({ method: 'POST', path, body: user }),
    changeUser: (name, change) => ask({ method: 'PUT', path: one(name), body: change }),
    removeUser: (name) => ask({ method: 'DELETE', path: one(name) }),
  };
}

/** A client of one control plane. Opens nothing until it is asked. @throws FairwayError FAIRWAY_INVALID for a bad URL */
export function createClient(options: ClientOptions): Client {
  const transport: Transport = {
    servers: parseServers(options.server),
    at: 0,
    token: options.token,
    csrf: options.csrf,
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
  return {
    get server() {
      return serverOf(transport).origin;
    },
    ...resourceCalls(transport),
    ...switchCalls(transport),
    ...fleetCalls(transport),
    ...trafficCalls(transport),
    ...releaseCalls(transport),
    ...diagnosisCalls(transport),
    ...traceCalls(transport),
    ...peopleCalls(transport),
    ...accessCalls(transport),
  };
}
