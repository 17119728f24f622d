import type { LossRecord } from '@fairway/control';
import { namespaceOfService } from '@fairway/model';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './schema.ts';
import type { LossBound, LossFilter, LossLine } from './store.ts';

/** Rows that are written with one statement. */
const CHUNK = 500;

/** Adds lines after the last one. */
export async function insertLosses(db: Transaction<Tables>, lines: readonly LossLine[]): Promise<void> {
  const { last } = await db
    .selectFrom('loss')
    .select((expression) => expression.fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  const rows = lines.map(({ record, reporter, seq }, index) => ({
    id: (last ?? 0) + 1 + index,
    at: new Date(record.atMs).toISOString(),
    namespace: namespaceOfService(record.service),
    service: record.service,
    reporter,
    seq,
    body: JSON.stringify(record),
  }));
  for (let start = 0; start < rows.length; start += CHUNK) {
    await db
      .insertInto('loss')
      .values(rows.slice(start, start + CHUNK))
      .execute();
  }
}

/** The latest of those that match, in the order in which they were added. */
export async function selectLosses(db: Kysely<Tables>, filter: LossFilter): Promise<LossRecord[]> {
  const { namespace, service, sinceMs, limit } = filter;
  const query = db.selectFrom('loss').select('body').where('at', '>=', new Date(sinceMs).toISOString());
  const inNamespace = namespace === undefined ? query : query.where('namespace', '=', namespace);
  const ofService = service === undefined ? inNamespace : inNamespace.where('service', '=', service);
  const rows = await ofService.orderBy('id', 'desc').limit(limit).execute();
  return rows.map(({ body }) => JSON.parse(body) as LossRecord).reverse();
}

/** Removes what is older, and the first added beyond a number. */
export async function deleteLosses(db: Transaction<Tables>, { beforeMs, maxLines }: LossBound): Promise<void> {
  await db.deleteFrom('loss').where('at', '<', new Date(beforeMs).toISOString()).execute();
  const surplus = await db.selectFrom('loss').select('id').orderBy('id', 'desc').offset(maxLines).limit(1).execute();
  if (surplus[0]) await db.deleteFrom('loss').where('id', '<=', surplus[0].id).execute();
}

/** Number of the last report of each instance. */
export async function selectReported(db: Transaction<Tables>): Promise<ReadonlyMap<string, number>> {
  const last = db
    .selectFrom('loss')
    .select((expression) => expression.fn.max('id').as('id'))
    .where('reporter', 'is not', null)
    .groupBy('reporter');
  const rows = await db.selectFrom('loss').select(['reporter', 'seq']).where('id', 'in', last).execute();
  return new Map(rows.map(({ reporter, seq }) => [reporter ?? '', seq ?? 0]));
}
