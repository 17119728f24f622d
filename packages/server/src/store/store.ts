import type { Difference, LossRecord } from '@fairway/control';
import type { Command, Instance, Kind, Release, ReleaseState, Resource } from '@fairway/model';
import type { PersonalRole, Role } from '../token/role.ts';

/** A resource as it is stored. `revision`: of the change that made it what it is. */
export interface StoredResource {
  readonly key: string;
  readonly resource: Resource;
  readonly revision: number;
  /** ISO 8601. */
  readonly updatedAt: string;
  readonly author: string;
}

export type Action = 'created' | 'updated' | 'deleted';

/** What one change makes of one resource; `resource` null: deleted. */
export interface ResourceWrite {
  readonly key: string;
  readonly namespace: string;
  readonly kind: Kind;
  readonly name: string;
  readonly action: Action;
  readonly resource: Resource | null;
  readonly diff: readonly Difference[];
}

/** A change of one or more resources that is stored as a whole or not at all. */
export interface Commit {
  /** The revision before. Another one in the store means another writer. */
  readonly expected: number;
  readonly revision: number;
  /** ISO 8601. */
  readonly at: string;
  readonly author: string;
  readonly reason: string | null;
  readonly writes: readonly ResourceWrite[];
  readonly fence?: Fence | undefined;
}

/** A state of a release in whose name something is changed: only while it is still in that state. */
export interface Fence {
  readonly release: string;
  readonly seq: number;
}

/** A release, and where it stands. */
export interface ReleaseRecord {
  /** `shop/Release/prices-2`. */
  readonly key: string;
  readonly release: Release;
  readonly author: string;
  /** Of the state, from 1: each one that is stored has the next. */
  readonly seq: number;
  readonly state: ReleaseState;
}

/** One past change of a resource. */
export interface HistoryEntry {
  readonly revision: number;
  readonly at: string;
  readonly author: string;
  readonly reason: string | null;
  readonly action: Action;
  readonly diff: readonly Difference[];
  /** As it was after the change; null: deleted. */
  readonly resource: Resource | null;
}

/** Who did what to what. */
export interface AuditEntry {
  readonly at: string;
  readonly author: string;
  /** `created`, `updated`, `deleted` of a resource; `token-created`, `token-deleted`, `instance-removed`, … */
  readonly action: string;
  readonly target: string;
  readonly revision: number | null;
  readonly reason: string | null;
}

/** A token at rest: never the token, only its SHA-256. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The namespace that an agent token is bound to; null for other roles. */
  readonly namespace: string | null;
  /** Hexadecimal. */
  readonly hash: string;
  readonly createdAt: string;
  readonly author: string;
}

/** A person who signs in with a password, of which only the hash is kept. */
export interface UserRecord {
  readonly name: string;
  readonly role: PersonalRole;
  /** null: all. */
  readonly namespace: string | null;
  readonly hash: string;
  readonly createdAt: string;
  readonly author: string;
}

/** Somebody who is signed in: never the secret, only its SHA-256. */
export interface SessionRecord {
  /** Hexadecimal. */
  readonly hash: string;
  readonly user: string;
  /** What pages of the session know, and no others. */
  readonly csrf: string;
  readonly createdMs: number;
}

/** A change that waits for a second person. */
export interface ChangeRequest {
  readonly id: string;
  /** The protected one. */
  readonly namespace: string;
  readonly author: string;
  readonly reason: string | null;
  readonly at: string;
  readonly changes: readonly {
    readonly key: string;
    /** null: deleted. */
    readonly resource: Resource | null;
    /** Of what is to be changed; null: it was not there. */
    readonly revision: number | null;
    readonly diff: readonly Difference[];
  }[];
}

/** An instance that was known, and the addresses that its agent had asked for. */
export interface Membership {
  readonly instance: Instance;
  /** Since when it was ready, in milliseconds since 1970; null: it was not, or nothing is known. */
  readonly readySinceMs: number | null;
  readonly addresses: readonly string[];
  /** What it was told to do and did not do yet. */
  readonly command: Command['kind'] | null;
}

/** One line of the loss ledger, and the report that brought it. */
export interface LossLine {
  readonly record: LossRecord;
  /** Number of the report of the instance that made it; null: the control plane saw it. */
  readonly seq: number | null;
  readonly reporter: string | null;
}

/** Which lines of the loss ledger are read. */
export interface LossFilter {
  readonly namespace?: string | undefined;
  /** In full. */
  readonly service?: string | undefined;
  readonly sinceMs: number;
  /** Of those that match, the latest. */
  readonly limit: number;
}

/** How long lines of the loss ledger are kept. */
export interface LossBound {
  readonly beforeMs: number;
  readonly maxLines: number;
}

/** All that a control plane needs to start. */
interface StoredState {
  readonly revision: number;
  readonly resources: readonly StoredResource[];
  readonly tokens: readonly TokenRecord[];
  readonly memberships: readonly Membership[];
  /** In the order in which they were made. */
  readonly requests: readonly ChangeRequest[];
  readonly users: readonly UserRecord[];
  readonly sessions: readonly SessionRecord[];
  /** Number of the last report that each instance made to the loss ledger, as far as it is kept. */
  readonly reported: ReadonlyMap<string, number>;
  /** In the order in which they were created. */
  readonly releases: readonly ReleaseRecord[];
  /** How many events of a release a target was told, by `<release> <target>`. */
  readonly told: ReadonlyMap<string, number>;
}

/** A page of a list that is read newest first. */
export interface Page {
  readonly limit: number;
  /** Only what came before this revision (history) or number (audit). */
  readonly before?: number;
}

/**
 * What must survive. Every call is atomic and durable when its promise is fulfilled.
 * @throws FairwayError FAIRWAY_STORE_UNAVAILABLE when the store cannot be reached or written; unless it says otherwise
 * nothing was changed then, but the outcome of a commit whose connection broke is known only after a {@link Store.load}.
 */
export interface Store {
  /** Where it is, for people; without secrets. */
  readonly location: string;
  load(): Promise<StoredState>;
  /** @throws FairwayError FAIRWAY_CONFLICT when the store is not at the expected revision, or beyond the fence */
  commit(commit: Commit): Promise<void>;
  /** Newest first. */
  history(key: string, page: Page): Promise<HistoryEntry[]>;
  /** Newest first, each with the number to page by; with `namespace` only what was done to its resources and releases. */
  audit(page: Page & { readonly namespace?: string | undefined }): Promise<(AuditEntry & { readonly id: number })[]>;
  note(entry: AuditEntry): Promise<void>;
  addToken(token: TokenRecord, entry: AuditEntry): Promise<void>;
  removeToken(id: string, entry: AuditEntry): Promise<void>;
  addRequest(request: ChangeRequest, entry: AuditEntry): Promise<void>;
  removeRequest(id: string, entry: AuditEntry): Promise<void>;
  /** Makes or replaces a user. */
  saveUser(user: UserRecord, entry: AuditEntry): Promise<void>;
  removeUser(name: string, entry: AuditEntry): Promise<void>;
  /** Adds a session and removes others, by their hashes. */
  saveSession(session: SessionRecord, removed: readonly string[]): Promise<void>;
  removeSessions(hashes: readonly string[]): Promise<void>;
  saveMemberships(set: readonly Membership[], removed: readonly string[]): Promise<void>;
  addLosses(lines: readonly LossLine[]): Promise<void>;
  /** In the order in which they were added. */
  losses(filter: LossFilter): Promise<LossRecord[]>;
  /** Removes what is older, and the first added beyond a number. */
  pruneLosses(bound: LossBound): Promise<void>;
  /**
   * Stores a release whose stored state is the one before, or that is new, and what is to be said of it in the audit.
   * @throws FairwayError FAIRWAY_CONFLICT when it has another state, or is there already
   */
  saveRelease(record: ReleaseRecord, entries: readonly AuditEntry[]): Promise<void>;
  /** A target was told so many events of a release. */
  saveTold(release: string, target: string, events: number): Promise<void>;
  /** Removes the oldest of the releases that ended, beyond a number. */
  pruneReleases(maxEnded: number): Promise<void>;
  /** All of it at one moment, as lines for {@link restoreBackup}; `entry` says in the audit that it was taken, and when. */
  backup(entry: AuditEntry): Promise<readonly string[]>;
  /** Whether it answers now. */
  check(): Promise<void>;
  close(): Promise<void>;
}
