import type { Writer } from '@fairway/control';
import { FairwayError } from '@fairway/model';
import type { ClientBase } from 'pg';

/** Of the advisory lock of the writing server, within one database. */
const LOCK_ID = 728_346_193;

type Client = Pick<ClientBase, 'query'>;
type Holder = Writer & { readonly pid: number };

/**
 * Makes a connection the one that may write to its database, for as long as it is open. `name`: of this process's
 * connections: an earlier one of them is ended, which the database has not noticed to be dead.
 * @throws FairwayError FAIRWAY_STORE_LOCKED
 */
export async function takeWriterLock(client: Client, name: string, location: string, attempts = 3): Promise<void> {
  const taken = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK_ID]);
  if (taken.rows[0]?.taken) return;
  const holder = await writerOf(client);
  // Whoever held it was just ending.
  if (!holder && attempts > 1) return takeWriterLock(client, name, location, attempts - 1);
  if (holder?.name !== name) {
    const who = holder ? ` (${holder.name})` : '';
    throw new FairwayError('FAIRWAY_STORE_LOCKED', `${location} is in use by another server${who}`);
  }
  await endWriter(client, holder);
  await client.query('select pg_advisory_lock($1)', [LOCK_ID]);
}

/** Gives the lock back. The database would do so too, but some time after the connection has ended. */
export async function giveWriterLock(client: Client): Promise<void> {
  await client.query('select pg_advisory_unlock_all()');
}

/** Whose connection may write; undefined: none. */
export async function writerOf(client: Client): Promise<Holder | undefined> {
  const found = await client.query<Holder>(
    `select a.application_name as name, a.pid,
        extract(epoch from clock_timestamp() - a.state_change)::float8 * 1000 as "idleMs"
      from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.objid = $1 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_ID],
  );
  return found.rows[0];
}

/** Ends the connection that may write: nothing that was begun on it and not committed will be. */
export async function endWriter(client: Client, { pid }: Pick<Holder, 'pid'>): Promise<void> {
  await client.query('select pg_terminate_backend($1)', [pid]);
}
