import { FairwayError } from '@fairway/model';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Tables } from './schema.ts';
import type { Fence, ReleaseRecord } from './store.ts';

/** Stores a release that is new (its first state), or whose stored state is the one before. @throws FairwayError FAIRWAY_CONFLICT */
export async function putRelease(db: Transaction<Tables>, record: ReleaseRecord): Promise<void> {
  const { key, seq } = record;
  const row = rowOf(record);
  const isStored =
    seq === 1
      ? (
          await db
            .insertInto('release')
            .values(row)
            .onConflict((conflict) => conflict.column('key').doNothing())
            .executeTakeFirst()
        ).numInsertedOrUpdatedRows
      : (
          await db
            .updateTable('release')
            .set(row)
            .where('key', '=', key)
            .where('seq', '=', seq - 1)
            .executeTakeFirst()
        ).numUpdatedRows;
  if (isStored === 1n) return;
  throw new FairwayError('FAIRWAY_CONFLICT', seq === 1 ? `${key} is there already` : `${key} was moved on by another`);
}

/** Whether a release is still in a state. */
export async function isAt(db: Transaction<Tables>, { release, seq }: Fence): Promise<boolean> {
  const row = await db.selectFrom('release').select('seq').where('key', '=', release).executeTakeFirst();
  return row?.seq === seq;
}

/** How many events targets were told, by `<release> <target>`. */
export async function selectTold(db: Kysely<Tables>): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom('told').selectAll().execute();
  return new Map(rows.map(({ release, target, events }) => [`${release} ${target}`, events]));
}

/** A target was told so many events of a release. */
export async function putTold(db: Transaction<Tables>, row: Selectable<Tables['told']>): Promise<void> {
  await db
    .insertInto('told')
    .values(row)
    .onConflict((conflict) => conflict.columns(['release', 'target']).doUpdateSet({ events: row.events }))
    .execute();
}

/** In the order in which they were created. */
export async function selectReleases(db: Kysely<Tables>): Promise<ReleaseRecord[]> {
  const rows = await db.selectFrom('release').selectAll().orderBy('created_at').orderBy('key').execute();
  return rows.map(({ key, author, seq, body, state }) => ({
    key,
    author,
    seq,
    release: JSON.parse(body),
    state: JSON.parse(state),
  }));
}

/** Removes the first that ended, beyond a number. */
export async function deleteEndedReleases(db: Transaction<Tables>, maxEnded: number): Promise<void> {
  const surplus = await db
    .selectFrom('release')
    .select('ended_at')
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .offset(maxEnded)
    .limit(1)
    .execute();
  const last = surplus[0]?.ended_at;
  if (!last) return;
  await db.deleteFrom('release').where('ended_at', '<=', last).execute();
  await db.deleteFrom('told').where('release', 'not in', db.selectFrom('release').select('key')).execute();
}

function rowOf({ key, author, seq, release, state }: ReleaseRecord): Selectable<Tables['release']> {
  return {
    key,
    author,
    seq,
    created_at: new Date(state.createdMs).toISOString(),
    ended_at: state.endedMs === null ? null : new Date(state.endedMs).toISOString(),
    body: JSON.stringify(release),
    state: JSON.stringify(state),
  };
}
