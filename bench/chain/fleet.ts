import { loopback } from '../loopback.ts';
import { Worker } from '../worker.ts';
import { PORTS, type Pod, Sidecar } from './sidecar.ts';
import { type ServiceUsage, sum, type Usage, usageOfService } from './usage.ts';
import type { Variant } from './variant.ts';

const CHAIN = ['a', 'b', 'c'] as const;
const SERVICE = new URL('./service.cjs', import.meta.url);

/** A running chain of three services. */
export class Chain {
  readonly variant: Variant;
  /** Where it takes requests. */
  readonly url: string;
  readonly #origins: readonly string[];
  readonly #sidecars: readonly Sidecar[];

  constructor(variant: Variant, pods: readonly Pod[], sidecars: readonly Sidecar[]) {
    this.variant = variant;
    this.url = `http://${pods[0]?.host}:${sidecars.length > 0 ? PORTS.inbound : PORTS.service}/`;
    this.#origins = pods.map(({ host }) => `http://${host}:${PORTS.service}`);
    this.#sidecars = sidecars;
  }

  get name(): string {
    return this.variant.name;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.variant.headers ?? {};
  }

  /** What its processes used so far: the services, and these with their sidecars. */
  async usage(): Promise<{ readonly services: Usage; readonly all: Usage }> {
    const services = sum(await Promise.all(this.#origins.map(usageOfService)));
    const sidecars = await Promise.all(this.#sidecars.map((sidecar) => sidecar.usage()));
    return { services, all: sum([services, ...sidecars]) };
  }

  /** Sends one request through. @throws Error when it fails, or the last service does not see the variant's proof */
  async prove(): Promise<void> {
    const { status } = await fetch(this.url, { headers: this.headers });
    if (status !== 200) throw new Error(`${this.name}: a request was answered with ${status}`);
    const { headers } = (await usageOfService(this.#origins.at(-1) as string)) as ServiceUsage;
    const { proof = 'host' } = this.variant;
    if (headers[proof] === undefined) throw new Error(`${this.name}: no ${proof} was seen`);
  }
}

/** Starts the processes of the chains; all are alive at once. */
export class Fleet {
  readonly #workers: Worker[] = [];
  readonly #sidecars: Sidecar[] = [];
  readonly #execPath: string;
  #addresses = 0;

  /** `execPath`: the Node.js of the services. */
  constructor(execPath: string) {
    this.#execPath = execPath;
  }

  /** @throws FairwayError FAIRWAY_ENVIRONMENT when this machine lacks what the variant needs */
  async start(variant: Variant, nodeMajor: number): Promise<Chain> {
    variant.check?.(nodeMajor);
    const program = await variant.sidecar?.find();
    const pods = this.#pods();
    await Promise.all(pods.map((pod, i) => this.#startService(variant, pod, i)));
    return new Chain(variant, pods, program === undefined ? [] : await this.#startSidecars(variant, program, pods));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#sidecars].map((process) => process.stop()));
  }

  #pods(): Pod[] {
    const hosts = CHAIN.map(() => loopback(this.#addresses++));
    return hosts.map((host, i) => ({ host, next: hosts[i + 1] }));
  }

  async #startService({ env, sidecar, nameOf }: Variant, { host, next }: Pod, i: number): Promise<void> {
    const following = CHAIN[i + 1];
    const own = { HOST: host, PORT: String(PORTS.service), NEXT: '', NEXT_ADDRESS: '' };
    if (following !== undefined) {
      own.NEXT = `http://${nameOf?.(following) ?? following}:${sidecar ? PORTS.outbound : PORTS.service}/`;
      if (!nameOf) own.NEXT_ADDRESS = sidecar ? host : String(next);
    }
    const options = { env: { ...own, ...env(CHAIN[i] as string) }, execPath: this.#execPath };
    this.#workers.push(await Worker.start(SERVICE, options));
  }

  async #startSidecars({ sidecar }: Variant, program: string, pods: readonly Pod[]): Promise<Sidecar[]> {
    if (!sidecar) return [];
    return Promise.all(
      pods.map(async (pod) => {
        const started = await Sidecar.start(sidecar, program, pod);
        this.#sidecars.push(started);
        return started;
      }),
    );
  }
}
