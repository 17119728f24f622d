import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { moveOf } from '@fairway/control';
import { isFairwayError } from '@fairway/model';
import type { Logger } from 'pino';
import { type ControlPlane, openControlPlane } from '../control-plane.ts';
import type { Front } from '../http/front.ts';
import type { ResolvedOptions } from '../option.ts';
import { storeError } from '../store/database.ts';
import { openStore } from '../store/open-store.ts';
import { connectionName, locationOf } from '../store/postgres-database.ts';
import type { Store } from '../store/store.ts';
import { Carrier } from './carrier.ts';
import { Roll, type RolledReplica } from './roll.ts';

/** Between two looks at the roll; news come sooner. */
const TURN_MS = 500;
/** A replica that is started waits so long for a leader before it takes requests. */
const PATIENCE_MS = 15_000;

/** What leads: the control plane and its store. */
interface Led {
  readonly plane: ControlPlane;
  readonly store: Store;
}

/**
 * One of several processes on one PostgreSQL. One leads: it alone writes, and all agents are its own, by whichever replica they
 * came. The others pass requests on, and take over when it ends, or is silent. Whoever was deposed cannot write any more, and
 * follows.
 */
export class Member {
  readonly #front: Front;
  readonly #options: ResolvedOptions;
  readonly #location: string;
  readonly #log: Logger;
  readonly #name = connectionName();
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #carrier = new Carrier();
  readonly #roll: Roll;
  #led: Led | undefined;
  #leader: RolledReplica | undefined;
  #isDeposed = false;
  /** It takes turns by itself: it has started, and was not closed. */
  #isTurning = false;
  #isChecking = false;
  #isAway = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** The first admin token, where this replica led first of all. */
  bootstrapToken: string | undefined;

  /** `url`: where the others reach this one. */
  constructor(front: Front, url: string, databaseUrl: string, options: ResolvedOptions, log: Logger) {
    this.#front = front;
    this.#options = options;
    this.#location = locationOf(databaseUrl);
    this.#log = log;
    const self = { name: this.#name, url, secret: this.#secret };
    this.#roll = new Roll(
      databaseUrl,
      self,
      () => performance.now(),
      () => this.#hurry(),
    );
    front.responder = this.#carrier;
  }

  /** Where the replica that leads is; undefined: this one does. null: nobody leads. */
  get follows(): string | undefined | null {
    return this.#led ? undefined : (this.#leader?.url ?? null);
  }

  /** Fulfilled when it leads, or knows who does. @throws FairwayError FAIRWAY_STORE_UNAVAILABLE */
  async start(): Promise<void> {
    const latestMs = performance.now() + PATIENCE_MS;
    try {
      while (this.follows === null && performance.now() < latestMs) {
        await this.#take();
        if (this.follows === null) await new Promise((resolve) => setTimeout(resolve, TURN_MS / 2));
      }
    } catch (error) {
      await this.#leave();
      throw storeError('read the store', this.#location, error);
    }
    this.#isTurning = true;
    this.#next(TURN_MS);
  }

  async close(): Promise<void> {
    this.#isTurning = false;
    clearTimeout(this.#timer);
    await this.#turn;
    await this.#front.close();
    await this.#led?.store.close();
    await this.#leave();
  }

  /** It may be that the database is away. */
  async #leave(): Promise<void> {
    await this.#roll.leave().catch(() => {});
  }

  #next(afterMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isTurning) return;
    this.#timer = setTimeout(() => {
      this.#turn = this.#take()
        .then(
          () => this.#back(),
          (error: unknown) => this.#away(error),
        )
        .then(() => this.#next(TURN_MS));
    }, afterMs);
  }

  #hurry(): void {
    this.#turn.then(() => this.#next(0));
  }

  #away(error: unknown): void {
    if (!this.#isAway)
      this.#log.error({ err: error }, 'the database of the replicas is away; each goes on with what it knows');
    this.#isAway = true;
  }

  #back(): void {
    if (this.#isAway) this.#log.info('the database of the replicas is back');
    this.#isAway = false;
  }

  /** @throws FairwayError FAIRWAY_STORE_UNAVAILABLE */
  async #list(): Promise<readonly RolledReplica[]> {
    try {
      return (await this.#roll.look()).replicas;
    } catch (error) {
      throw storeError('read the store', this.#location, error);
    }
  }

  /** Looks who there is, and does what follows from it. */
  async #take(): Promise<void> {
    if (this.#isDeposed) await this.#stepDown();
    const sight = await this.#roll.look();
    this.#leader = sight.replicas.find(({ leads }) => leads);
    if (this.#led && this.#leader?.name === this.#name) {
      this.#remainWriter(this.#led.store);
      return;
    }
    if (this.#led) await this.#stepDown();
    const move = moveOf(sight);
    if (move === 'depose' && sight.writer) {
      this.#log.warn({ leader: this.#leader?.url }, 'the replica that leads is silent; it is deposed');
      await this.#roll.depose(sight.writer.name);
    }
    if (move === 'stand' || move === 'depose') await this.#stand();
    else this.#carrier.follow(this.#leader);
  }

  /** After the database was away, has the store be the writer again before another is. Not waited for: it may be busy for long. */
  #remainWriter(store: Store): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const done = () => {
      this.#isChecking = false;
    };
    store.check().then(done, done);
  }

  /** Tries to be the writer, and leads if it is. */
  async #stand(): Promise<void> {
    const led = await this.#open();
    if (!led) return;
    this.#led = led;
    this.bootstrapToken = led.plane.bootstrapToken;
    await this.#roll.lead();
    this.#front.responder = led.plane;
    this.#carrier.follow(undefined);
    this.#log.info('this replica leads');
  }

  async #open(): Promise<Led | undefined> {
    this.#isDeposed = false;
    const deposed = () => {
      this.#isDeposed = true;
      this.#hurry();
    };
    let store: Store;
    try {
      store = await openStore(this.#options, { name: this.#name, deposed });
    } catch (error) {
      // Another was faster.
      if (isFairwayError(error) && error.code === 'FAIRWAY_STORE_LOCKED') return undefined;
      throw error;
    }
    try {
      const others = { secret: this.#secret, list: () => this.#list() };
      return { store, plane: await openControlPlane(store, this.#options, this.#log, others) };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Follows from now on. What it had not written is lost, and none of it had been promised. */
  async #stepDown(): Promise<void> {
    const led = this.#led;
    this.#isDeposed = false;
    this.#led = undefined;
    if (!led) return;
    this.#log.warn('another replica leads; this one follows');
    this.#front.responder = this.#carrier;
    // Where the database is away, nobody asks it who leads.
    await this.#roll.resign().catch(() => {});
    await led.plane.close();
    await led.store.close();
  }
}

/** Where others may reach a process that listens at `url` on `host`. */
export function advertised(url: string, host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return url;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ address, internal }) => !internal && isIPv4(address));
  return `http://${own?.address ?? '127.0.0.1'}:${new URL(url).port}`;
}
