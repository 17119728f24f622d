import type { Instance } from '@fairway/model';
import type { Dice } from '../request-view.ts';
import type { EventQueue } from './event-queue.ts';

/** A change of the directory on its way to a caller; `from` null: all that there is. */
export interface Message {
  readonly from: number | null;
  readonly to: number;
  readonly instances: readonly Instance[];
}

/** Who is told of changes. */
export interface Listener {
  receive(message: Message): void;
}

interface Member {
  instance: Instance;
  readyAtMs: number;
  isSick: boolean;
  /** Listeners that routed by its drain. */
  readonly knowing: Set<Listener>;
}

const LANES = ['', '', '', 'gray'];
const MAX_WAIT_MS = 30_000;

/**
 * The instances of one service as they are, and the directory's way of telling of them over a network that delays, loses
 * and reorders. Instances start, fall ill, heal, crash and leave; one that leaves waits for those that call it.
 */
export class Fleet {
  readonly service: string;
  revision = 0;
  readonly #queue: EventQueue;
  readonly #dice: Dice;
  readonly #members = new Map<string, Member>();
  readonly #listeners: Listener[] = [];
  #count = 0;
  #lossShare: number;

  constructor(service: string, size: number, queue: EventQueue, dice: Dice) {
    this.service = service;
    this.#queue = queue;
    this.#dice = dice;
    this.#lossShare = dice() * 0.3;
    for (let i = 0; i < size; i++) this.#add('ready', i === 0 ? '' : undefined, -1e6);
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
    listener.receive(this.snapshot());
  }

  /** The network loses nothing more, and nobody is sick. */
  calm(): void {
    this.#lossShare = 0;
    for (const member of this.#members.values()) member.isSick = false;
  }

  isRunning(id: string): boolean {
    return this.#members.has(id);
  }

  isSick(id: string): boolean {
    return this.#members.get(id)?.isSick ?? true;
  }

  instances(): Instance[] {
    return [...this.#members.values()].map((member) => this.#told(member));
  }

  snapshot(): Message {
    return { from: null, to: this.revision, instances: this.instances() };
  }

  #told({ instance, readyAtMs }: Member): Instance {
    const readyForMs = Math.round(this.#queue.nowMs - readyAtMs);
    return instance.state === 'ready' && readyForMs < 120_000 ? { ...instance, readyForMs } : instance;
  }

  #add(state: Instance['state'], lane = LANES[Math.floor(this.#dice() * LANES.length)] ?? '', readyAtMs = 0): Member {
    const id = `${this.service.slice(5)}-${this.#count++}`;
    const instance = { id, service: this.service, lane, host: '10.0.0.1', ports: [8080], state };
    const member = { instance, readyAtMs, isSick: false, knowing: new Set<Listener>() };
    this.#members.set(id, member);
    return member;
  }

  #drawn(state: Instance['state']): Member | undefined {
    const all = [...this.#members.values()].filter(({ instance }) => instance.state === state);
    return all[Math.floor(this.#dice() * all.length)];
  }

  /** Something happens: a start, an end, an illness or a recovery. */
  disturb(): void {
    const roll = this.#dice();
    if (roll < 0.35) this.#start();
    else if (roll < 0.65) this.#drain();
    else if (roll < 0.7) this.#crash();
    else {
      const member = this.#drawn('ready');
      if (member) member.isSick = roll < 0.85;
    }
  }

  #start(): void {
    const member = this.#add('starting');
    this.#publish(member);
    this.#queue.after(this.#dice() * 3000, () => {
      member.readyAtMs = this.#queue.nowMs;
      this.#become(member, 'ready');
    });
  }

  #drain(): void {
    const all = [...this.#members.values()].filter(({ instance }) => instance.state === 'ready');
    if (all.length < 2) return;
    const member = this.#drawn('ready') as Member;
    this.#become(member, 'draining');
    this.#queue.after(MAX_WAIT_MS, () => this.#remove(member));
  }

  #crash(): void {
    const member = this.#drawn('ready');
    if (member && this.#members.size > 2) this.#remove(member);
  }

  #remove(member: Member): void {
    if (!this.#members.delete(member.instance.id)) return;
    this.#become(member, 'gone');
  }

  #become(member: Member, state: Instance['state']): void {
    member.instance = { ...member.instance, state };
    this.#publish(member);
  }

  /** A listener routes by the drain of an instance from now on. The last that is waited for lets it end. */
  acknowledge(id: string, listener: Listener): void {
    const member = this.#members.get(id);
    if (member?.instance.state !== 'draining') return;
    member.knowing.add(listener);
    if (member.knowing.size === this.#listeners.length) this.#queue.after(1, () => this.#remove(member));
  }

  #publish(member: Member): void {
    const message = { from: this.revision, to: this.revision + 1, instances: [this.#told(member)] };
    this.revision += 1;
    for (const listener of this.#listeners) {
      if (this.#dice() >= this.#lossShare) this.#send(message, listener);
    }
  }

  #send(message: Message, listener: Listener): void {
    const isLate = this.#dice() < 0.1;
    this.#queue.after(this.#dice() * (isLate ? 5000 : 200), () => listener.receive(message));
  }

  /** All there is, to one that missed something. */
  resync(listener: Listener): void {
    this.#send(this.snapshot(), listener);
  }
}
