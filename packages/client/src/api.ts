import type {
  AgentReport,
  DiagnosisKind,
  Findings,
  Instance,
  Kind,
  Registration,
  Resource,
  Rollout,
  Topology,
  TrafficStep,
} from '@fairway/model';

/** Names one resource. */
export interface ResourceAddress {
  readonly namespace: string;
  readonly kind: Kind;
  readonly name: string;
}

/** One changed field: an absent `before` was added, an absent `after` was removed. */
export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export type ChangeAction = 'created' | 'updated' | 'unchanged' | 'deleted';

/** What a write did to one resource. */
export interface Change extends ResourceAddress {
  readonly key: string;
  readonly action: ChangeAction;
  readonly revision: number;
  readonly diff: readonly FieldChange[];
  /** It is not made yet: it waits for a second person. */
  readonly request?: string;
}

/** What an apply did, all of it or nothing; `revision` is what agents acknowledge. */
export interface ApplyResult {
  readonly revision: number;
  readonly changes: readonly Change[];
  /** Rules that nothing will ever come to, by what was applied. */
  readonly warnings: readonly Warning[];
  /** It is not done yet: it waits for a second person. */
  readonly request?: string;
}

/** A change in a protected namespace that waits for a second person. */
export interface ChangeRequest {
  readonly id: string;
  readonly namespace: string;
  readonly author: string;
  readonly reason: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly changes: readonly {
    readonly key: string;
    /** null: deleted. */
    readonly resource: Resource | null;
    readonly revision: number | null;
    readonly diff: readonly FieldChange[];
  }[];
}

/** What is not wrong, and yet hardly meant. `key`: of the resource; `path`: where it stands there. */
export interface Warning {
  readonly key: string;
  readonly path: string;
  readonly text: string;
}

/** A resource as it is stored. */
export interface StoredResource {
  readonly key: string;
  readonly resource: Resource;
  readonly revision: number;
  /** ISO 8601. */
  readonly updatedAt: string;
  readonly author: string;
}

/** One past change of a resource, newest first. */
export interface HistoryEntry {
  readonly revision: number;
  /** ISO 8601. */
  readonly at: string;
  readonly author: string;
  readonly reason?: string | null;
  readonly action: string;
  readonly diff: readonly FieldChange[];
  /** As it was after the change; null: deleted. */
  readonly resource: Resource | null;
}

/** A process of the control plane, of several on one PostgreSQL. */
export interface Replica {
  /** Of the process: its id, its host, and something of its own. */
  readonly name: string;
  /** Where the others reach it. */
  readonly url: string;
  readonly leads: boolean;
  /** For how long it has said nothing. */
  readonly silentMs: number;
}

export interface NamespaceSummary {
  readonly name: string;
  readonly enabled: boolean;
  /** Parts of it that are switched off: names of services, ids of instances. */
  readonly off: { readonly services: readonly string[]; readonly instances: readonly string[] };
  readonly services: number;
  readonly instances: number;
}

/** An instance and the link of its agent. */
export interface LiveInstance extends Instance {
  readonly connected: boolean;
  /** Revision that its agent acknowledged; null: none yet. */
  readonly revision: number | null;
  /** ISO 8601. */
  readonly since: string;
  /** null: it has its whole weight, or takes no traffic. */
  readonly warmup: Warmup | null;
}

/** Where an instance that is new stands on its way to its whole weight. */
export interface Warmup {
  readonly durationMs: number;
  readonly curve: number;
  /** The least share. */
  readonly floor: number;
  /** Of its weight, now: 0 to 1. */
  readonly share: number;
}

/** The agent of an instance, and what it last said of itself. */
export interface LiveAgent {
  readonly instance: string;
  /** In full. */
  readonly service: string;
  /** Empty: base. */
  readonly lane: string;
  readonly connected: boolean;
  /** Revision that it acknowledged; null: none yet. */
  readonly revision: number | null;
  /** What is switched off, where it passes everything through for that. */
  readonly off: 'namespace' | 'service' | 'instance' | null;
  /** null: the control plane was started since it registered. */
  readonly agent: Registration['agent'] | null;
  /** Counts are since the process started. null: none came yet. */
  readonly report: AgentReport | null;
  /** ISO 8601. */
  readonly reportedAt: string | null;
}

/** How far a revision got among the connected agents. */
export interface Propagation {
  readonly revision: number;
  readonly agents: number;
  readonly acknowledged: number;
  /** Ids of instances whose agents have not acknowledged it. */
  readonly pending: readonly string[];
}

/** What a release is told to do. */
export type ReleaseOrder = 'approve' | 'pause' | 'resume' | 'promote' | 'abort';

/** Names one release. */
export interface ReleaseAddress {
  readonly namespace: string;
  readonly name: string;
}

/** What a gateway has in force. */
export interface GatewayApplied {
  readonly namespace: string;
  /** Name of the Gateway resource. */
  readonly gateway: string;
  /** Tells processes that run the same gateway apart. */
  readonly process: string;
  /** Of the resources that its configuration was made of. */
  readonly revision: number;
}

/** What an instance was told to do. */
export interface Commanded {
  readonly instance: string;
  /** In full. */
  readonly service: string;
  readonly command: 'drain' | 'resume';
  /** As it was when it was told. */
  readonly state: Instance['state'];
  /** Otherwise it is told when it is back. */
  readonly connected: boolean;
}

/** Which callers of a draining instance know it. */
export interface Drained {
  readonly callers: number;
  readonly acknowledged: number;
  /** Ids of instances whose agents did not acknowledge, 20 at most. */
  readonly missing: readonly string[];
}

/** What rollouts cost, newest first. */
export interface Losses {
  readonly items: readonly Rollout[];
  /** What callers counted outside of any rollout. */
  readonly outside: { readonly requests: number; readonly failed: number; readonly saved: number };
  /** There was more than one answer is made of: the oldest is not in it. */
  readonly truncated: boolean;
}

/** Which rollouts. */
export interface LossQuery {
  readonly namespace?: string | undefined;
  /** By its name or its key. */
  readonly service?: string | undefined;
  /** Those in which an instance of it takes part. */
  readonly release?: string | undefined;
  /** A time in ISO 8601 (UTC), or how long ago: `1h`. */
  readonly since?: string | undefined;
}

/** Whose traffic, and over which window: `60s`, `5m`, `24h`. */
export interface TrafficQuery {
  readonly namespace?: string | undefined;
  /** A service in full: as the caller or the one called. */
  readonly service?: string | undefined;
  /** Lane of the calls; `base` for none. */
  readonly lane?: string | undefined;
  readonly window?: string | undefined;
}

/** Which recent requests. */
export interface TraceQuery {
  /** One that it came to, in full. */
  readonly service?: string | undefined;
  /** Of the request; `base` for none. */
  readonly lane?: string | undefined;
  readonly minDurationMs?: number | undefined;
  /** Whether something in it failed. */
  readonly error?: boolean | undefined;
  /** 50 unless given, 200 at most. */
  readonly limit?: number | undefined;
}

/** Traffic of one edge over time; without `from` all that came to a service. */
export interface SeriesQuery {
  readonly from?: string | undefined;
  readonly to: string;
  readonly step?: TrafficStep | undefined;
  readonly window?: string | undefined;
}

/** A lane against base; without `window` since the lane was changed. */
export interface ComparisonQuery {
  readonly namespace: string;
  readonly lane: string;
  readonly window?: string | undefined;
  /** That each side must have had. */
  readonly minRequests?: number | undefined;
  /** Allowed, of all requests and of the latency of base. */
  readonly errorMargin?: number | undefined;
  readonly lossMargin?: number | undefined;
  readonly latencyMargin?: number | undefined;
  /** Allowed in any case, in milliseconds. */
  readonly latencyFloorMs?: number | undefined;
}

/** What {@link Client.liveTraffic} yields, twice a second. */
export type TrafficEvent =
  | { readonly type: 'connected' }
  | { readonly type: 'lost'; readonly error: Error; readonly retryMs: number }
  | { readonly type: 'traffic'; readonly topology: Topology };

export type TokenRole = 'admin' | 'operator' | 'viewer' | 'agent';

/** Who asks, and what they may do. `namespace` null: in all of them. */
export interface Me {
  readonly name: string;
  readonly role: TokenRole;
  readonly namespace: string | null;
  /** Of the session, where somebody signed in: what changes something bears it. */
  readonly csrf: string | null;
}

export type PersonalRole = Exclude<TokenRole, 'agent'>;

/** Somebody who signs in with a password. */
export interface User {
  readonly name: string;
  readonly role: PersonalRole;
  /** null: all. */
  readonly namespace: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly author: string;
}

export interface TokenSummary {
  readonly id: string;
  readonly name: string;
  readonly role: TokenRole;
  readonly namespace?: string | null;
}

/** A token just made; the secret is shown this once. */
export interface CreatedToken extends TokenSummary {
  readonly token: string;
}

/** Who did what. */
export interface AuditEntry {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly author: string;
  readonly action: string;
  readonly target: string;
  readonly revision: number | null;
  readonly reason: string | null;
}

/** What {@link Client.events} yields. After each `connected` anything may have changed unseen. */
export type ClientEvent =
  | { readonly type: 'connected' }
  | { readonly type: 'lost'; readonly error: Error; readonly retryMs: number }
  | { readonly type: 'resource' | 'instance' | 'release'; readonly revision: number; readonly key: string };

/** What is asked of an instance. */
export interface DiagnosisQuery {
  readonly kind: DiagnosisKind;
  /** How long it watches, where it does: 1 to 60, 5 unless said. */
  readonly seconds?: number | undefined;
  /** Kept in the audit log. */
  readonly reason?: string | undefined;
}

/** A diagnosis of one instance. `refused`: by the instance. `lost`: it did not answer. */
export interface DiagnosisSummary {
  readonly id: string;
  readonly instance: string;
  readonly service: string;
  readonly kind: DiagnosisKind;
  readonly seconds: number;
  readonly author: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: 'running' | 'done' | 'refused' | 'lost';
  /** Why nothing was found. */
  readonly why: string | null;
}

/** The same with what was found. */
export interface Diagnosis extends DiagnosisSummary {
  readonly findings: Findings | null;
}
