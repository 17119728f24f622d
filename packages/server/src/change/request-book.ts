import { randomUUID } from 'node:crypto';
import { diff } from '@fairway/control';
import { FairwayError, isFairwayError, type Resource } from '@fairway/model';
import type { Principal } from '../http/auth.ts';
import type { AuditEntry, ChangeRequest, Store } from '../store/store.ts';
import { type Draft, resourceName } from './draft.ts';
import type { ApplyOptions, ApplyResult, Ledger } from './ledger.ts';

/** Changes that wait for a second person, in all. */
const MAX_REQUESTS = 1_000;

export interface RequestBookParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
}

/** What a change did, would do, or will do once somebody else has approved it: then `request` is set. */
export type Requested = ApplyResult & { readonly request?: string };

/**
 * Changes in protected namespaces take two people: they are kept until somebody else says yes. What only turns a lane off is
 * done at once: nobody should be looked for when something burns.
 */
export class RequestBook {
  readonly #parts: RequestBookParts;
  readonly #requests = new Map<string, ChangeRequest>();

  constructor(parts: RequestBookParts) {
    this.#parts = parts;
  }

  restore(requests: readonly ChangeRequest[]): void {
    for (const request of requests) this.#requests.set(request.id, request);
  }

  /** Whether what changes how traffic goes takes two people there. */
  isProtected(namespace: string): boolean {
    const resource = this.#parts.ledger.find(`${namespace}/Namespace/${namespace}`);
    return resource?.kind === 'Namespace' && resource.spec.protected === true;
  }

  /** Makes a change, or keeps it for somebody else to approve. Throws as {@link Ledger.apply}. */
  async apply(drafts: readonly Draft[], options: ApplyOptions): Promise<Requested> {
    const { ledger } = this.#parts;
    const namespace = drafts.map(({ key }) => resourceName(key).namespace).find((name) => this.isProtected(name));
    if (options.dryRun || namespace === undefined || this.#isBrake(drafts)) return ledger.apply(drafts, options);
    const found = await ledger.apply(drafts, { ...options, dryRun: true });
    if (found.changes.every(({ action }) => action === 'unchanged')) return found;
    return { ...found, request: await this.#keep(namespace, drafts, options) };
  }

  /** The oldest first. */
  list(namespace: string | undefined): ChangeRequest[] {
    return [...this.#requests.values()].filter((one) => namespace === undefined || one.namespace === namespace);
  }

  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  get(id: string): ChangeRequest {
    const request = this.#requests.get(id);
    if (request) return request;
    throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no request ${id}`);
  }

  /**
   * Makes the change of a request, by somebody else than who made it.
   * @throws FairwayError FAIRWAY_FORBIDDEN, FAIRWAY_CONFLICT: what it changes was changed since
   */
  async approve(id: string, by: Principal): Promise<ApplyResult> {
    const request = this.get(id);
    const { author, reason, changes } = request;
    if (by.name === author)
      throw new FairwayError('FAIRWAY_FORBIDDEN', 'a change in a protected namespace takes a second person');
    for (const { key, revision } of changes) {
      if (this.#revisionOf(key) === revision) continue;
      throw new FairwayError('FAIRWAY_CONFLICT', `${key} was changed since: ask for the change anew`);
    }
    const drafts = changes.map(({ key, resource }) => ({ key, resource, path: '' }));
    const done = await this.#parts.ledger.apply(drafts, { author: `${author}, approved by ${by.name}`, reason });
    await this.#remove(request, 'change-approved', by.name, null);
    return done;
  }

  /** Takes a request back, or refuses it. */
  reject(id: string, by: Principal, reason: string | null): Promise<void> {
    return this.#remove(this.get(id), 'change-rejected', by.name, reason);
  }

  async #keep(namespace: string, drafts: readonly Draft[], { author, reason }: ApplyOptions): Promise<string> {
    if (this.#requests.size >= MAX_REQUESTS) {
      throw new FairwayError(
        'FAIRWAY_RATE_LIMITED',
        `${MAX_REQUESTS} changes wait for a second person: approve or reject some`,
      );
    }
    const changes = drafts.map(({ key, resource }) => ({
      key,
      resource,
      revision: this.#revisionOf(key),
      diff: diff(this.#parts.ledger.find(key) ?? null, resource),
    }));
    const request = { id: randomUUID(), namespace, author, reason, at: this.#now(), changes };
    await this.#parts.store.addRequest(request, this.#entry(request, 'change-requested', author, reason));
    this.#requests.set(request.id, request);
    return request.id;
  }

  async #remove(request: ChangeRequest, action: string, author: string, reason: string | null): Promise<void> {
    await this.#parts.store.removeRequest(request.id, this.#entry(request, action, author, reason));
    this.#requests.delete(request.id);
  }

  #revisionOf(key: string): number | null {
    try {
      return this.#parts.ledger.get(key).revision;
    } catch (error) {
      if (isFairwayError(error) && error.code === 'FAIRWAY_NOT_FOUND') return null;
      throw error;
    }
  }

  /** Whether drafts do nothing but turn lanes off. */
  #isBrake(drafts: readonly Draft[]): boolean {
    return drafts.every(({ key, resource }) => {
      const before = this.#parts.ledger.find(key);
      if (before?.kind !== 'Lane' || resource?.kind !== 'Lane') return false;
      const off: Resource = { ...before, spec: { ...before.spec, enabled: false } };
      return resource.spec.enabled === false && diff(off, resource).length === 0;
    });
  }

  #entry({ namespace, changes, id }: ChangeRequest, action: string, author: string, reason: string | null): AuditEntry {
    const target = `${namespace}/request ${id}: ${changes.map(({ key }) => key).join(', ')}`;
    return { at: this.#now(), author, action, target, revision: null, reason };
  }

  #now(): string {
    return new Date(this.#parts.nowMs()).toISOString();
  }
}
