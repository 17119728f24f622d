import { usageOfService } from '../chain/usage.ts';
import { agentEnvironment } from '../chain/variant.ts';
import type { ControlPlane } from '../control-plane.ts';
import { loopback } from '../loopback.ts';
import type { Runtime } from '../runtime.ts';
import { Worker } from '../worker.ts';
import type { Point } from './growth.ts';

/** A process that is asked, and what it held after so many requests. */
export interface Subject {
  readonly variant: string;
  readonly origin: string;
  readonly points: Point[];
}

export const BACKEND = 'backend';
export const PORT = 8080;
/** The backend and the subject under the agent. */
const GOVERNED = 2;
const BACKEND_HOST = loopback(0);
const SUBJECT_HOSTS = { bare: loopback(1), agent: loopback(2) };
const BACKEND_FILE = new URL('./backend.cjs', import.meta.url);
const SERVICE_FILE = new URL('../chain/service.cjs', import.meta.url);

/** Addresses that answer for instances. */
export const INSTANCE_HOSTS: readonly string[] = Array.from({ length: 64 }, (_, i) => loopback(3 + i));

/** Instances and resources that the control plane knows. */
async function known({ client }: ControlPlane): Promise<string[]> {
  const [instances, resources] = await Promise.all([client.instances(), client.list()]);
  return [...instances.map(({ id }) => id), ...resources.map(({ key }) => key)];
}

/** A service that calls a backend, bare and under the agent; the backend is one process with many addresses. */
export class Stage {
  readonly subjects: readonly Subject[];
  readonly #backend: Worker;
  readonly #workers: readonly Worker[];
  readonly #standing: readonly string[];

  private constructor(backend: Worker, workers: readonly Worker[], standing: readonly string[]) {
    this.#backend = backend;
    this.#workers = workers;
    this.#standing = standing;
    this.subjects = Object.entries(SUBJECT_HOSTS).map(([variant, host]) => ({
      variant,
      origin: `http://${host}:${PORT}`,
      points: [],
    }));
  }

  static async set({ execPath }: Runtime, plane: ControlPlane): Promise<Stage> {
    const start = (file: URL, env: NodeJS.ProcessEnv) =>
      Worker.start(file, { env: { PORT: String(PORT), ...env }, execPath, execArgv: ['--expose-gc'] });
    const hosts = [BACKEND_HOST, ...INSTANCE_HOSTS].join(',');
    const own = { HOSTS: hosts, FAIRWAY_HOST: BACKEND_HOST };
    const backend = await start(BACKEND_FILE, { ...agentEnvironment(plane.link, BACKEND), ...own });
    const next = (host: string) => `http://${host}:${PORT}/`;
    const bare = await start(SERVICE_FILE, { HOST: SUBJECT_HOSTS.bare, NEXT: next(BACKEND_HOST) });
    const governed = { HOST: SUBJECT_HOSTS.agent, NEXT: next(BACKEND), ...agentEnvironment(plane.link, 'front') };
    const agent = await start(SERVICE_FILE, governed);
    await plane.ready(GOVERNED);
    return new Stage(backend, [backend, bare, agent], await known(plane));
  }

  /** Notes what a subject holds when it has no connections to the backend and its garbage is collected. */
  async note({ origin, points }: Subject, requests: number): Promise<void> {
    await this.#backend.ask({});
    await usageOfService(origin);
    const { heapBytes, rssBytes } = await usageOfService(origin);
    points.push({ requests, heapBytes, rssBytes });
  }

  /** @throws Error when the control plane knows of more than there was when the stage was set */
  async assertNothingLeft(plane: ControlPlane): Promise<void> {
    const left = (await known(plane)).filter((key) => !this.#standing.includes(key));
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  }

  async strike(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}
