// What the tests of this package share: a server of its own for a test, calls of its API, and an agent that speaks the link.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, FollowKeys, Instance, Registration, Resource, Update } from '@fairway/model';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from './option.ts';
import { type RunningServer, startServer } from './start-server.ts';

/** An answer of the API, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  readonly body: any;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A server for one test. Kept admin tokens make it possible to start it again on the same folder. */
export async function serve(options: ServerOptions = {}, adminToken?: string): Promise<Testbed> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const server = await startServer({ port: 0, log: { level: 'off' }, ...options, dataDir });
  const bed = new Testbed(server, adminToken ?? server.bootstrapToken ?? '', dataDir);
  onTestFinished(() => bed.close());
  return bed;
}

export class Testbed {
  readonly server: RunningServer;
  readonly admin: string;
  readonly dataDir: string;

  constructor(server: RunningServer, admin: string, dataDir: string) {
    this.server = server;
    this.admin = admin;
    this.dataDir = dataDir;
  }

  get url(): string {
    return this.server.url;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** What is answered, as text. */
  async text(path: string): Promise<string> {
    return (await fetch(this.url + path, { headers: { authorization: `Bearer ${this.admin}` } })).text();
  }

  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const token = 'token' in options ? options.token : this.admin;
    const response = await fetch(this.url + path, {
      method,
      signal: options.signal ?? null,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  }

  apply(...resources: readonly unknown[]): Promise<Answer> {
    return this.call('POST', '/api/v1/apply', { resources });
  }

  /** A new token of a role. */
  async token(role: 'admin' | 'operator' | 'viewer' | 'agent', namespace?: string): Promise<string> {
    const order = { name: `${role} of a test`, role, ...(namespace === undefined ? {} : { namespace }) };
    return (await this.call('POST', '/api/v1/tokens', order)).body.token;
  }

  /** An agent, registered, not yet streaming. Its token is made unless given. */
  async agent(id: string, over: Partial<Instance> = {}, token?: string): Promise<TestAgent> {
    const agent = await this.strangeAgent(id, over, token);
    await agent.register();
    return agent;
  }

  /** An agent that said nothing yet, under the name and with the token of another, which may be one of another replica. */
  agentLike({ instance, token }: TestAgent): TestAgent {
    return new TestAgent(this, instance as Instance, token);
  }

  /** An agent that said nothing yet. */
  async strangeAgent(id: string, over: Partial<Instance> = {}, token?: string): Promise<TestAgent> {
    const instance = anInstance(id, over);
    const namespace = instance.service.split('/')[0] as string;
    return new TestAgent(this, instance, token ?? (await this.token('agent', namespace)));
  }

  /** An agent whose stream is open. */
  async streamingAgent(id: string, over: Partial<Instance> = {}, token?: string): Promise<TestAgent> {
    const agent = await this.agent(id, over, token);
    await agent.open();
    return agent;
  }

  /** Fulfilled when what `read` gives is as wanted: for state that no event tells of. */
  async until<T>(read: () => Promise<T>, isWanted: (value: T) => boolean, deadlineMs = 20_000): Promise<T> {
    const latest = Date.now() + deadlineMs;
    for (;;) {
      const value = await read();
      if (isWanted(value)) return value;
      if (Date.now() > latest) throw new Error(`still not as wanted: ${JSON.stringify(value)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const AGENT: Registration['agent'] = { version: '1', runtime: 'test', pid: 1 };

/** What a report tells, as it may be wrong too. */
export interface Reported {
  readonly transitions?: readonly object[];
  readonly counts?: readonly object[];
}

/** An agent, as far as the link goes: what it was told, in order. */
export class TestAgent {
  readonly id: string;
  readonly token: string;
  readonly instance: Registration['instance'];
  readonly updates: Update[] = [];
  readonly commands: Command['kind'][] = [];
  /** How often it was told to report traffic. */
  readonly paces: number[] = [];
  /** By which keys it was told that followed requests are known. */
  readonly followKeys: FollowKeys[] = [];
  lastEventId: string | undefined;
  readonly #bed: Testbed;
  #read = 0;
  #waiting: (() => void)[] = [];
  #abort = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(bed: Testbed, instance: Registration['instance'], token: string) {
    this.#bed = bed;
    this.id = instance.id;
    this.instance = instance;
    this.token = token;
  }

  post(path: string, body: object): Promise<Answer> {
    return this.#bed.call('POST', `/agent/v1/${path}`, { version: 1, ...body }, { token: this.token });
  }

  register(): Promise<Answer> {
    return this.post('instances', { instance: this.instance, agent: AGENT });
  }

  state(state: Instance['state']): Promise<Answer> {
    return this.post('state', { instance: this.id, state });
  }

  subscribe(...addresses: string[]): Promise<Answer> {
    return this.post('subscriptions', { instance: this.id, addresses });
  }

  acknowledge(revision: number, report?: unknown): Promise<Answer> {
    return this.post('acks', { instance: this.id, revision, ...(report === undefined ? {} : { report }) });
  }

  /** Makes a report to the loss ledger. */
  report(seq: number, { transitions = [], counts = [] }: Reported): Promise<Answer> {
    return this.post('ledger', { instance: this.id, seq, transitions, counts });
  }

  /** Reports traffic. */
  traffic(seq: number, over: object = {}): Promise<Answer> {
    const counts = { spanMs: 1000, agoMs: 0, edges: [], inbound: [], inFlight: {}, lostReports: 0, overflowed: 0 };
    return this.post('traffic', { instance: this.id, seq, ...counts, ...over });
  }

  /** Fulfilled when it was told so many times how often to report. */
  async paced(count: number): Promise<readonly number[]> {
    while (this.paces.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.paces;
  }

  /** Opens the stream and gives the first update. */
  async open(lastEventId?: string): Promise<Update> {
    return this.#open(`?instance=${this.id}`, lastEventId);
  }

  /** Registers, subscribes and opens the stream with one request, and gives the first update. */
  async begin(addresses: readonly string[], lastEventId?: string): Promise<Update> {
    return this.#open('', lastEventId, { version: 1, instance: this.instance, agent: AGENT, addresses });
  }

  async #open(query: string, lastEventId?: string, body?: object): Promise<Update> {
    this.#abort = new AbortController();
    const response = await fetch(`${this.#bed.url}/agent/v1/stream${query}`, {
      signal: this.#abort.signal,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
    if (response.status !== 200) throw new Error(`the stream was refused: ${response.status} ${await response.text()}`);
    this.#ended = this.#follow(response).catch(() => {});
    return this.next();
  }

  /** Fulfilled when the server, or {@link TestAgent.disconnect}, ended the stream. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Breaks the stream, as the end of the process would. */
  async disconnect(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  /** The next update that was not read yet and is as wanted; those before it are passed over. */
  async next(isWanted: (update: Update) => boolean = () => true): Promise<Update> {
    for (;;) {
      while (this.#read < this.updates.length) {
        const update = this.updates[this.#read++] as Update;
        if (isWanted(update)) return update;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Fulfilled when so many commands came, since the agent was made. */
  async commanded(count: number): Promise<readonly Command['kind'][]> {
    while (this.commands.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.commands;
  }

  /** Which of its callers know its state; the answer is held until all do. */
  callers(state: 'ready' | 'draining', signal?: AbortSignal): Promise<Answer> {
    const options = { token: this.token, ...(signal ? { signal } : {}) };
    return this.#bed.call('GET', `/agent/v1/callers?instance=${this.id}&state=${state}`, undefined, options);
  }

  async #follow(response: Response): Promise<void> {
    let text = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    if (fields.get('event') === 'command') this.commands.push(JSON.parse(data).kind);
    else if (fields.get('event') === 'pace') this.paces.push(JSON.parse(data).everyMs);
    else if (fields.get('event') === 'follow') this.followKeys.push(JSON.parse(data));
    else {
      this.lastEventId = fields.get('id');
      this.updates.push(JSON.parse(data));
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** An instance of shop/order, ready, each id with an address of its own. */
export function anInstance(id: string, over: Partial<Instance> = {}): Registration['instance'] {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) % 16_777_216;
  const host = `10.${hash >> 16}.${(hash >> 8) & 255}.${hash & 255}`;
  return { id, service: 'shop/order', host, ports: [8080], state: 'ready', ...over };
}

/** A Lane of namespace shop. */
export function aLane(name: string, spec: object = {}, namespace = 'shop'): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace }, spec } as Resource;
}

/** A Service of namespace shop. */
export function aService(name: string, spec: object = {}, namespace = 'shop'): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Service', metadata: { name, namespace }, spec } as Resource;
}
