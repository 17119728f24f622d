import type { Replica, ReplicaSight } from '@fairway/control';
import pg from 'pg';
import { Serial } from '../serial.ts';
import { endWriter, writerOf } from '../store/writer-lock.ts';

/** Longest wait for a connection, and for an answer. */
const TIMEOUT_MS = 2_000;
const CHANNEL = 'fairway_replica';

/** A replica, and what others need to pass requests on to it. */
export interface RolledReplica extends Replica {
  /** Proves to it that a request was passed on by another replica. */
  readonly secret: string;
}

export type RollSelf = Pick<RolledReplica, 'name' | 'url' | 'secret'>;
type Sight = Omit<ReplicaSight, 'replicas'> & { readonly replicas: readonly RolledReplica[] };

/**
 * The roll of the replicas in their database: who there is, who leads. Each says again and again that it is there; news of
 * another leader come at once, by NOTIFY. One connection, made anew when it broke; all that is asked fails until then.
 */
export class Roll {
  readonly #url: string;
  readonly #self: RollSelf;
  readonly #news: () => void;
  readonly #nowMs: () => number;
  /** One thing after another goes over the connection. */
  readonly #serial = new Serial();
  #connecting: Promise<pg.Client> | undefined;
  /** Since when there has been a connection; at first: for ever. */
  #steadySinceMs = Number.NEGATIVE_INFINITY;
  #isBroken = false;

  /** `news`: told when another leads, or whoever led has left. */
  constructor(url: string, self: RollSelf, nowMs: () => number, news: () => void) {
    this.#url = url;
    this.#self = self;
    this.#nowMs = nowMs;
    this.#news = news;
  }

  /** Says that this replica is there, and tells what there is. */
  look(): Promise<Sight> {
    return this.#ask(async (client) => {
      const { name, url, secret } = this.#self;
      await client.query(
        `insert into fairway_replica (name, url, secret) values ($1, $2, $3)
        on conflict (name) do update set seen = clock_timestamp()`,
        [name, url, secret],
      );
      await client.query(`delete from fairway_replica where seen < clock_timestamp() - interval '1 minute'`);
      const { rows } = await client.query<RolledReplica>(
        `select name, url, secret, leads,
          greatest(0, extract(epoch from clock_timestamp() - seen)::float8 * 1000) as "silentMs"
        from fairway_replica order by url, name`,
      );
      return { replicas: rows, writer: await writerOf(client), steadyMs: this.#nowMs() - this.#steadySinceMs };
    });
  }

  /** This replica leads from now on. */
  lead(): Promise<void> {
    return this.#ask(async (client) => {
      await client.query('update fairway_replica set leads = (name = $1) where leads or name = $1', [this.#self.name]);
      await client.query(`notify ${CHANNEL}`);
    });
  }

  /** This replica does not lead any more. */
  resign(): Promise<void> {
    return this.#ask(async (client) => {
      await client.query('update fairway_replica set leads = false where name = $1', [this.#self.name]);
      await client.query(`notify ${CHANNEL}`);
    });
  }

  /** Ends the connection of a process that may write, so that another can. One that has become the writer meanwhile stays it. */
  depose(name: string): Promise<void> {
    return this.#ask(async (client) => {
      const writer = await writerOf(client);
      if (writer?.name === name) await endWriter(client, writer);
    });
  }

  /** This replica is about to be gone. */
  leave(): Promise<void> {
    return this.#ask(async (client) => {
      await client.query('delete from fairway_replica where name = $1', [this.#self.name]);
      await client.query(`notify ${CHANNEL}`);
      this.#connecting = undefined;
      await client.end();
    });
  }

  #ask<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#serial.run(async () => {
      const client = await this.#client();
      try {
        return await work(client);
      } catch (error) {
        // Not the database's own answer: nothing more is to be had from this connection.
        if (!(error instanceof pg.DatabaseError)) this.#broke(client);
        throw error;
      }
    });
  }

  #client(): Promise<pg.Client> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      statement_timeout: TIMEOUT_MS,
      keepAlive: true,
      application_name: `${this.#self.name} roll`,
    });
    client.on('error', () => this.#broke(client));
    client.on('end', () => this.#broke(client));
    client.on('notification', () => this.#news());
    try {
      await client.connect();
      await prepare(client);
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      this.#broke(client);
      throw error;
    }
    if (this.#isBroken) this.#steadySinceMs = this.#nowMs();
    this.#isBroken = false;
    return client;
  }

  /** What is asked next makes another connection. */
  #broke(client: pg.Client): void {
    this.#isBroken = true;
    this.#connecting = undefined;
    client.end().catch(() => {});
  }
}

const TABLE = `create table if not exists fairway_replica (
  name text primary key, url text not null, secret text not null,
  leads boolean not null default false, seen timestamptz not null default clock_timestamp())`;

/** Not by the store's migrations: who may make those is decided by this table. */
async function prepare(client: pg.Client): Promise<void> {
  try {
    await client.query(TABLE);
  } catch {
    // Another replica has just made it.
    await client.query(TABLE);
  }
}
