import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CallerStatus,
  type Command,
  type Diagnose,
  type Instance,
  type Opening,
  type Registration,
  type Resource,
  resourceKey,
  type Update,
  WIRE_VERSION,
} from '@fairway/model';

/** How the fake behaves towards agents. */
export type Behaviour =
  /** As a control plane does. */
  | 'well'
  /** Answers every stream with what is no update. */
  | 'rubbish'
  /** Accepts and never answers, as a stopped process does. */
  | 'silent'
  /** Answers posts with 500 and closes streams. */
  | 'failing';

/** A fake control plane that speaks the link, scripted by the test. */
export interface FakeControlPlane {
  readonly url: string;
  readonly token: string;
  /** What agents posted, in order. The opening of a stream counts as the registration and the subscription that it holds. */
  readonly posts: readonly { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Registered instances by id. */
  readonly registered: ReadonlyMap<string, Registration['instance']>;
  /** Replaces instances of the directory and tells the agents. */
  setInstances(instances: readonly Instance[]): void;
  /** Replaces resources and tells the agents. */
  setResources(resources: readonly Resource[]): void;
  /** What is answered to an instance that asks who knows its state; undefined, as at first: 404, as of an older control plane. */
  setCallers(status: Omit<CallerStatus, 'version' | 'missing'> | undefined): void;
  /** Tells the agent of an instance to do something. */
  command(instance: string, kind: Command['kind']): void;
  /** Asks the agent of an instance to look into its process. */
  diagnose(instance: string, ask: Omit<Diagnose, 'version'>): void;
  behave(behaviour: Behaviour): void;
  /** Writes raw text to every open stream. */
  write(text: string): void;
  /** Cuts every stream, as a network fault does. */
  drop(): void;
  /** Resolves once a condition holds, looked at after each thing that agents do. Rejects after `timeoutMs`. */
  until(what: string, condition: (plane: FakeControlPlane) => boolean, timeoutMs?: number): Promise<void>;
  /** Resolves once an agent of a service acknowledged the revision in force. */
  acknowledged(service: string): Promise<void>;
  /** Resolves once the agent of an instance did. */
  acknowledgedBy(instance: string): Promise<void>;
  close(): Promise<void>;
}

interface Stream {
  readonly instance: string;
  readonly response: ServerResponse;
}

/** Starts a fake on 127.0.0.1, for one namespace. `services`: dialled address -> service, told on subscription. */
export async function startFakeControlPlane(
  namespace: string,
  serviceAt: (address: string) => string | null,
): Promise<FakeControlPlane> {
  const token = 'fwy_agent_test';
  const posts: { path: string; body: Record<string, unknown> }[] = [];
  const registered = new Map<string, Registration['instance']>();
  const subscribed = new Map<string, Set<string>>();
  const acks = new Map<string, number>();
  const streams = new Set<Stream>();
  const happened = new EventEmitter().setMaxListeners(0);
  let instances: readonly Instance[] = [];
  let resources: readonly Resource[] = [];
  let behaviour: Behaviour = 'well';
  let revision = 1;
  let callers: Omit<CallerStatus, 'version' | 'missing'> | undefined;

  function update(instance: string, full: boolean, part: Partial<Update> = {}): string {
    const addresses = [...(subscribed.get(instance) ?? [])].map((address) => [address, serviceAt(address)] as const);
    const message: Update = {
      version: WIRE_VERSION,
      epoch: 'fake',
      revision,
      full,
      namespace,
      resources: { set: full ? [...resources] : [], removed: [] },
      instances: { set: [...instances], removed: [] },
      addresses: Object.fromEntries(addresses),
      ...part,
    };
    return `event: update\nid: fake.${revision}\ndata: ${JSON.stringify(message)}\n\n`;
  }

  function tell(part: (stream: Stream) => string): void {
    for (const stream of streams) stream.response.write(part(stream));
  }

  function say(instance: string, event: string, data: object): void {
    const text = `event: ${event}\ndata: ${JSON.stringify({ version: WIRE_VERSION, ...data })}\n\n`;
    for (const stream of streams) if (stream.instance === instance) stream.response.write(text);
  }

  function post(path: string, body: Record<string, unknown>): number {
    posts.push({ path, body });
    const instance = path === 'instances' ? (body as Registration).instance.id : String(body['instance']);
    if (path === 'instances') registered.set(instance, (body as Registration).instance);
    else if (!registered.has(instance)) return 404;
    if (path === 'subscriptions') {
      const known = subscribed.get(instance) ?? new Set<string>();
      for (const address of body['addresses'] as string[]) known.add(address);
      subscribed.set(instance, known);
      for (const stream of streams) if (stream.instance === instance) stream.response.write(update(instance, false));
    }
    if (path === 'acks') acks.set(instance, Number(body['revision']));
    return 204;
  }

  function begin({ addresses, ...registration }: Opening): string {
    const { id } = registration.instance;
    post('instances', registration);
    if (addresses.length > 0) post('subscriptions', { version: WIRE_VERSION, instance: id, addresses });
    return id;
  }

  function openStream(instance: string, response: ServerResponse): void {
    // Made first: what is learnt of an address meanwhile is told to the others, and is part of it.
    const first =
      behaviour === 'rubbish' ? 'event: update\ndata: {"version":1,"rub":"bish"}\n\n' : update(instance, true);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const stream = { instance, response };
    streams.add(stream);
    response.once('close', () => {
      streams.delete(stream);
      happened.emit('happened');
    });
    response.write(first);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = String(request.url).replace('/agent/v1/', '').replace(/\?.*$/, '');
    let text = '';
    for await (const chunk of request) text += chunk;
    if (behaviour === 'silent') return;
    if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else if (behaviour === 'failing') response.writeHead(500).end();
    else if (path === 'callers' && callers)
      response.end(JSON.stringify({ version: WIRE_VERSION, missing: [], ...callers }));
    else if (path === 'callers') response.writeHead(404).end();
    else if (path === 'stream') openStream(begin(JSON.parse(text)), response);
    else response.writeHead(post(path, JSON.parse(text))).end();
    happened.emit('happened');
  }

  const server: Server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  const plane: FakeControlPlane = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    posts,
    registered,
    setInstances(list) {
      const removed = instances.filter(({ id }) => !list.some((one) => one.id === id)).map(({ id }) => id);
      instances = list;
      revision++;
      tell(({ instance }) => update(instance, false, { instances: { set: [...list], removed } }));
    },
    setResources(list) {
      const keys = new Set(list.map(resourceKey));
      const removed = resources.map(resourceKey).filter((key) => !keys.has(key));
      resources = list;
      revision++;
      tell(({ instance }) => update(instance, false, { resources: { set: [...list], removed } }));
    },
    setCallers(status) {
      callers = status;
    },
    command: (instance, kind) => say(instance, 'command', { kind }),
    diagnose: (instance, ask) => say(instance, 'diagnose', ask),
    behave(next) {
      behaviour = next;
    },
    write: (text) => tell(() => text),
    drop() {
      for (const { response } of streams) response.destroy();
      server.closeAllConnections();
    },
    async until(what, condition, timeoutMs = 15_000) {
      const signal = AbortSignal.timeout(timeoutMs);
      while (!condition(plane)) {
        await once(happened, 'happened', { signal }).catch(() => {
          throw new Error(`waited in vain until ${what}; posts: ${JSON.stringify(posts.slice(-8))}`);
        });
      }
    },
    acknowledged: (service) =>
      plane.until(`an agent of ${service} acknowledged ${revision}`, () =>
        [...registered.values()].some((own) => own.service === service && (acks.get(own.id) ?? 0) >= revision),
      ),
    acknowledgedBy: (instance) =>
      plane.until(`${instance} acknowledged ${revision}`, () => (acks.get(instance) ?? 0) >= revision),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return plane;
}
