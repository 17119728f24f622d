import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Usage, usageOfProgram } from './usage.ts';

/** Where things listen in each pod. What a service dials is its own sidecar, which dials that of the next pod. */
export const PORTS = { service: 8080, outbound: 15001, inbound: 15006 } as const;

/** One service and its sidecar, on an address of their own. */
export interface Pod {
  readonly host: string;
  /** Address of the pod that it calls; undefined: it calls none. */
  readonly next: string | undefined;
}

/** A proxy that can stand beside a service. */
export interface SidecarProgram {
  readonly name: string;
  /** Finds its program. @throws FairwayError FAIRWAY_ENVIRONMENT when it cannot be had here */
  find(): Promise<string>;
  /** The text of its configuration: requests for the pod go to the service, requests of the service to the next pod. */
  configuration(pod: Pod): string;
  /** How to run it in the foreground, with the configuration in a file of its folder. */
  arguments(folder: string, file: string): readonly string[];
}

const START_ATTEMPTS = 200;
const ATTEMPT_EVERY_MS = 50;

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A running sidecar. The kernel ends it when this process dies. */
export class Sidecar {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#ended = once(child, 'exit');
  }

  /** Starts it beside a service; resolves when it takes connections. `program`: what {@link SidecarProgram.find} gave. */
  static async start(proxy: SidecarProgram, program: string, pod: Pod): Promise<Sidecar> {
    const folder = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
    const file = join(folder, 'configuration.json');
    await writeFile(file, proxy.configuration(pod));
    const command = ['--pdeathsig', 'TERM', program, ...proxy.arguments(folder, file)];
    const sidecar = new Sidecar(spawn('setpriv', command, { stdio: ['ignore', 'ignore', 'inherit'] }), folder);
    for (let attempt = 0; !(await accepts(pod.host, PORTS.inbound)); attempt++) {
      if (attempt === START_ATTEMPTS || sidecar.#child.exitCode !== null) {
        await sidecar.stop();
        throw new Error(`${proxy.name} does not listen on ${pod.host}:${PORTS.inbound}`);
      }
      await delay(ATTEMPT_EVERY_MS);
    }
    return sidecar;
  }

  usage(): Promise<Usage> {
    return usageOfProgram(this.#child.pid as number);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
