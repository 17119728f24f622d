import { setTimeout as delay } from 'node:timers/promises';
import type { Registration, StateChange } from '@fairway/model';
import { type ControlPlane, NAMESPACE } from '../control-plane.ts';

/** What changed so far. */
export interface Changes {
  /** Instances that came and went. */
  readonly instances: number;
  /** Lane resources that were made and deleted. */
  readonly lanes: number;
}

/** So many instances are there at a time. */
const ALIVE = 12;
/** A lane is made or deleted once in so many changes of instances. */
const INSTANCES_PER_LANE = 8;
const PAUSE_MS = 5;

/** Lets instances of a service come and go, each with an id of its own, and lanes with them. */
export class Churn {
  readonly #plane: ControlPlane;
  readonly #service: string;
  readonly #hosts: readonly string[];
  readonly #port: number;
  readonly #lanes = new Set<string>();
  #started = 0;
  #gone = 0;
  #lanesDeleted = 0;

  /** `hosts`: addresses that answer for the instances. */
  constructor(plane: ControlPlane, service: string, hosts: readonly string[], port: number) {
    this.#plane = plane;
    this.#service = service;
    this.#hosts = hosts;
    this.#port = port;
  }

  get changes(): Changes {
    return { instances: this.#gone, lanes: this.#lanesDeleted };
  }

  /** Changes one thing after the other, in these lanes, until the work is done; then takes all back. */
  async during<T>(lanes: readonly string[], work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    while (!isDone) {
      await this.#step(lanes);
      await delay(PAUSE_MS);
    }
    while (this.#gone < this.#started) await this.#endOldest();
    for (const lane of [...this.#lanes]) await this.#switch(lane);
    return done;
  }

  async #step(lanes: readonly string[]): Promise<void> {
    const lane = lanes[this.#started % lanes.length] as string;
    if (this.#started % INSTANCES_PER_LANE === 0) await this.#switch(lane);
    await this.#begin(lane);
    if (this.#started - this.#gone > ALIVE) await this.#endOldest();
  }

  async #switch(name: string): Promise<void> {
    if (!this.#lanes.delete(name)) {
      this.#lanes.add(name);
      await this.#plane.client.apply([this.#plane.lane(name)]);
    } else {
      await this.#plane.client.delete({ namespace: NAMESPACE, kind: 'Lane', name });
      this.#lanesDeleted++;
    }
  }

  async #begin(lane: string): Promise<void> {
    const n = this.#started++;
    const host = this.#hosts[n % this.#hosts.length] as string;
    const service = `${NAMESPACE}/${this.#service}`;
    const registration: Registration = {
      version: 1,
      instance: { id: `churn-${n}`, service, lane, host, ports: [this.#port], state: 'ready' },
      agent: { version: '0', runtime: 'bench', pid: process.pid },
    };
    await this.#post('instances', registration);
  }

  async #endOldest(): Promise<void> {
    const change: StateChange = { version: 1, instance: `churn-${this.#gone++}`, state: 'gone' };
    await this.#post('state', change);
  }

  async #post(path: string, message: Registration | StateChange): Promise<void> {
    const { server, token } = this.#plane.link;
    const response = await fetch(`${server}/agent/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}
