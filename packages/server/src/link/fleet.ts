import { isIP } from 'node:net';
import {
  AddressBook,
  addressesOf,
  answered,
  type Change,
  Directory,
  type DirectoryChange,
  emptySubscription,
  forgetting,
  Journal,
  type LeaseOptions,
  type ResourceChange,
  type ResourceSet,
  type Scene,
  type Subscription,
  surplus,
} from '@fairway/control';
import { FairwayError, type Instance, type InstanceState, namespaceOfService, resourceKey } from '@fairway/model';
import type { Membership } from '../store/store.ts';
import { HostResolver, splitAddress } from './address-resolver.ts';

/** Changes remembered for streams that resume. */
const JOURNAL_CAPACITY = 32_768;
/** Addresses of one agent that are remembered; at least as many as one message may ask for. */
const MAX_ADDRESSES = 8_192;
/** Of those, what an instance is told because others of its service dial it. */
const MAX_EXPECTED = 64;
/** By how many of the others, the newest, a new instance is told; and how many are told at once what one of them dials. */
const MAX_ELDERS = 8;
const MAX_PEERS = 256;

/**
 * `now`: resources changed. `soon`: an instance is about to go, or its stream broke. `eventually`: others came, went or
 * changed; they may wait for more.
 */
export type Urgency = 'now' | 'soon' | 'eventually';

/** What the fleet tells to those who send it on. */
export interface FleetListener {
  changed(changes: readonly Change[], urgency: Urgency): void;
  /** The directory changed; told before anyone else is. */
  recorded(changes: readonly DirectoryChange[]): void;
  /** An agent got answers that it must be sent. */
  answered(id: string): void;
  /** Members changed in a way that a restart must remember. */
  membership(id: string): void;
}

/** Everything that agents are told, as it is now, and what each of them wants to know. No sockets, no store. */
export class Fleet {
  /** Of this process: revisions of the link compare only within it. */
  readonly epoch: string;
  readonly resources: ResourceSet;
  readonly directory: Directory;
  readonly journal = new Journal(JOURNAL_CAPACITY, 1);
  readonly #resolver: HostResolver;
  readonly #book: AddressBook;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #listener: FleetListener;
  /** The state of each instance, with the revision from which it is told. */
  readonly #states = new Map<string, { readonly state: InstanceState; readonly revision: number }>();
  readonly #declaredHosts = new Map<string, readonly string[]>();

  constructor(epoch: string, resources: ResourceSet, lease: Partial<LeaseOptions>, listener: FleetListener) {
    this.epoch = epoch;
    this.resources = resources;
    this.directory = new Directory(lease);
    this.#resolver = new HostResolver(resources, this.directory.instances);
    this.#book = new AddressBook(this.#resolver);
    this.#listener = listener;
  }

  scene(): Scene {
    const { epoch, resources } = this;
    return { epoch, revision: this.journal.revision, resources, instances: this.directory.instances };
  }

  /** @throws FairwayError FAIRWAY_NOT_FOUND: the agent must register (again) */
  instance(id: string): Instance {
    const instance = this.directory.instances.get(id);
    if (!instance) throw new FairwayError('FAIRWAY_NOT_FOUND', `instance ${id} is not registered`);
    return instance;
  }

  subscription(id: string): Subscription {
    return this.#subscriptions.get(id) ?? emptySubscription(namespaceOfService(this.instance(id).service));
  }

  /** The revision of the link from which it is told that an instance is in a state; undefined: it is not. */
  revisionOf(id: string, state: InstanceState): number | undefined {
    const told = this.#states.get(id);
    return told?.state === state ? told.revision : undefined;
  }

  /** Takes in the host names that stored resources declare. */
  declare(): void {
    for (const resource of this.resources.all()) this.#namesOfService(resourceKey(resource));
    this.#resolver.refresh();
  }

  restore(memberships: readonly Membership[], nowMs: number): void {
    this.#record(this.directory.restore(memberships, nowMs));
    for (const { instance, addresses } of memberships) this.#follow(instance.id, addresses);
  }

  register(instance: Instance, nowMs: number): void {
    this.#record(this.directory.register(instance, nowMs));
  }

  setState(id: string, state: InstanceState, nowMs: number): void {
    this.#record(this.directory.setState(id, state, nowMs));
  }

  opened(id: string, stream: number, nowMs: number): void {
    this.#record(this.directory.open(id, stream, nowMs));
  }

  closed(id: string, stream: number, nowMs: number): void {
    this.#record(this.directory.close(id, stream, nowMs));
  }

  remove(id: string, nowMs: number): void {
    this.#record(this.directory.remove(id, nowMs));
  }

  tick(nowMs: number): void {
    this.#record(this.directory.tick(nowMs));
  }

  /**
   * Adds addresses to what an agent is told of; those it asked for before, and what is no address, are passed over.
   * Beyond a bound the oldest are forgotten, first those that mean nothing: the agent asks again when it needs one.
   * One that never asked is told what others of its service dial: its first calls need not wait.
   * @throws FairwayError FAIRWAY_NOT_FOUND
   */
  subscribe(id: string, addresses: readonly string[]): void {
    const isNew = addresses.length === 0 && this.subscription(id).addresses.size === 0;
    const fresh = this.#follow(id, isNew ? this.#expected(id) : addresses);
    if (fresh.length === 0) return;
    this.#listener.membership(id);
    if (!isNew) this.#spread(id, fresh);
  }

  /**
   * Tells the others of an instance's service, the newest of them, of names that it dials and that mean a service, up to a
   * bound: one whose first call comes while the control plane is away could not ask. Addresses of hosts can be dialled as
   * they are.
   */
  #spread(id: string, dialled: readonly string[]): void {
    const { addresses } = this.subscription(id);
    const known = dialled.filter(
      (address) => addresses.get(address)?.service && !isIP(splitAddress(address)?.host ?? ''),
    );
    if (known.length === 0) return;
    for (const peer of this.directory.instances.of(this.instance(id).service).slice(-MAX_PEERS)) {
      if (this.subscription(peer.id).addresses.size + known.length > MAX_EXPECTED) continue;
      if (this.#follow(peer.id, known).length > 0) this.#listener.membership(peer.id);
    }
  }

  /** What others of an instance's service dial, where that means a service; by the newest of them. */
  #expected(id: string): string[] {
    const elders = this.directory.instances.of(this.instance(id).service).slice(-MAX_ELDERS);
    const dialled = elders.flatMap((elder) => [...(this.#subscriptions.get(elder.id)?.addresses ?? [])]);
    const known = dialled.filter(([, { service }]) => service !== null).map(([address]) => address);
    return [...new Set(known)].slice(0, MAX_EXPECTED);
  }

  /** Adds addresses to what an agent is told of. Those that are new to it, in lower case. */
  #follow(id: string, addresses: readonly string[]): string[] {
    const subscription = this.subscription(id);
    const wanted = [...new Set(addresses.map((address) => address.toLowerCase()))];
    const fresh = wanted.filter((address) => !subscription.addresses.has(address) && splitAddress(address));
    if (fresh.length === 0) return fresh;
    this.#makeRoom(id, subscription, MAX_ADDRESSES - fresh.length);
    const answers = fresh.map((address) => [address, this.#book.watch(id, subscription.namespace, address)] as const);
    this.#answer(id, new Map(answers), this.journal.append([]));
    return fresh;
  }

  #makeRoom(id: string, subscription: Subscription, max: number): void {
    const forgotten = surplus(subscription, max);
    if (forgotten.length === 0) return;
    for (const address of forgotten) this.#book.forget(id, subscription.namespace, address);
    this.#subscriptions.set(id, forgetting(subscription, forgotten));
  }

  /** Tells agents of resources that are already in {@link Fleet.resources}. Returns the revision of the link. */
  publish(changes: readonly ResourceChange[]): number {
    const names = changes.flatMap((change) => this.#namesOfService(change.key));
    if (names.length > 0) this.#resolver.refresh();
    const revision = this.journal.append(changes);
    this.#reconsider(names, revision);
    this.#listener.changed(changes, 'now');
    return revision;
  }

  #record(changes: readonly DirectoryChange[]): void {
    if (changes.length === 0) return;
    const revision = this.journal.append(changes);
    this.#listener.recorded(changes);
    for (const { id, what } of changes) {
      this.#noteState(id, revision);
      if (what === 'gone' && !this.directory.instances.get(id)) this.#leave(id);
      if (what === 'registered' || what === 'state' || what === 'gone') this.#listener.membership(id);
    }
    this.#reconsider(
      changes.flatMap((change) => this.#namesOfInstance(change)),
      revision,
    );
    this.#listener.changed(changes, changes.some((change) => this.#isPressing(change)) ? 'soon' : 'eventually');
  }

  #isPressing({ what, id }: DirectoryChange): boolean {
    return what === 'suspect' || (what === 'state' && this.#states.get(id)?.state === 'draining');
  }

  #noteState(id: string, revision: number): void {
    const state = this.directory.instances.get(id)?.state;
    if (!state) this.#states.delete(id);
    else if (this.#states.get(id)?.state !== state) this.#states.set(id, { state, revision });
  }

  #leave(id: string): void {
    this.#book.unwatch(id);
    this.#subscriptions.delete(id);
  }

  #namesOfInstance({ what, id, service }: DirectoryChange): string[] {
    const instance = what === 'registered' ? this.directory.instances.get(id) : undefined;
    return instance ? [service, ...addressesOf(instance)] : [];
  }

  /** The names that may mean something else now that a resource changed: those of a Service, before and after. */
  #namesOfService(key: string): string[] {
    const [namespace, kind, name] = key.split('/');
    if (kind !== 'Service') return [];
    const resource = this.resources.get(key);
    const hosts = resource?.kind === 'Service' ? (resource.spec.hosts ?? []).map((host) => host.toLowerCase()) : [];
    const before = this.#declaredHosts.get(key) ?? [];
    this.#declaredHosts.set(key, hosts);
    return [`${namespace}/${name}`, ...hosts, ...before];
  }

  #reconsider(names: readonly string[], revision: number): void {
    for (const { address, service, watchers } of this.#book.reconsider(names)) {
      for (const id of watchers) this.#answer(id, new Map([[address, service]]), revision);
      const oneOfEach = new Map([...watchers].map((id) => [this.instance(id).service, id]));
      for (const id of oneOfEach.values()) this.#spread(id, [address]);
    }
  }

  #answer(id: string, answers: ReadonlyMap<string, string | null>, revision: number): void {
    this.#subscriptions.set(id, answered(this.subscription(id), answers, revision));
    this.#listener.answered(id);
  }
}
