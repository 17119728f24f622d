import { namespaceOfService } from '@fairway/model';
import type { AgentStream } from './agent-stream.ts';

/** The open streams: by instance, by namespace, by the services that their agents follow, by token. */
export class StreamIndex {
  readonly #byInstance = new Map<string, AgentStream>();
  readonly #byNamespace = new Map<string, Set<AgentStream>>();
  readonly #byService = new Map<string, Set<AgentStream>>();
  readonly #byToken = new Map<string, Set<AgentStream>>();
  readonly #services = new WeakMap<AgentStream, Set<string>>();

  get size(): number {
    return this.#byInstance.size;
  }

  all(): AgentStream[] {
    return [...this.#byInstance.values()];
  }

  get(instance: string): AgentStream | undefined {
    return this.#byInstance.get(instance);
  }

  /** Streams of agents that are told of a namespace: their own, or one in which they call a service. */
  toldOf(namespace: string): ReadonlySet<AgentStream> {
    return this.#byNamespace.get(namespace) ?? new Set();
  }

  following(service: string): ReadonlySet<AgentStream> {
    return this.#byService.get(service) ?? new Set();
  }

  ofToken(token: string): ReadonlySet<AgentStream> {
    return this.#byToken.get(token) ?? new Set();
  }

  add(stream: AgentStream): void {
    this.#byInstance.set(stream.owner.instance, stream);
    include(this.#byNamespace, stream.owner.namespace, stream);
    include(this.#byToken, stream.owner.token, stream);
    this.#services.set(stream, new Set());
  }

  follow(stream: AgentStream, services: Iterable<string>): void {
    const followed = this.#services.get(stream);
    for (const service of services) {
      followed?.add(service);
      include(this.#byService, service, stream);
      include(this.#byNamespace, namespaceOfService(service), stream);
    }
  }

  /** Services whose instances a stream is told of. */
  servicesOf(stream: AgentStream): ReadonlySet<string> {
    return this.#services.get(stream) ?? new Set();
  }

  /** Namespaces that a stream is told of; its own is first. */
  namespacesOf(stream: AgentStream): ReadonlySet<string> {
    return new Set([stream.owner.namespace, ...[...this.servicesOf(stream)].map(namespaceOfService)]);
  }

  remove(stream: AgentStream): void {
    if (this.#byInstance.get(stream.owner.instance) === stream) this.#byInstance.delete(stream.owner.instance);
    exclude(this.#byNamespace, stream.owner.namespace, stream);
    exclude(this.#byToken, stream.owner.token, stream);
    for (const service of this.#services.get(stream) ?? []) {
      exclude(this.#byService, service, stream);
      exclude(this.#byNamespace, namespaceOfService(service), stream);
    }
  }
}

function include(index: Map<string, Set<AgentStream>>, key: string, stream: AgentStream): void {
  const streams = index.get(key);
  if (streams) streams.add(stream);
  else index.set(key, new Set([stream]));
}

function exclude(index: Map<string, Set<AgentStream>>, key: string, stream: AgentStream): void {
  const streams = index.get(key);
  streams?.delete(stream);
  if (streams?.size === 0) index.delete(key);
}
