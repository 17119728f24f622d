import { FairwayError } from '@fairway/model';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from './schema.ts';

type Step = (db: Transaction<Tables>) => Promise<void>;

/** Steps from an empty database to the present tables, in order. Only ever added to. */
const STEPS: readonly Step[] = [
  createTables,
  addReadiness,
  createLosses,
  addCommands,
  createReleases,
  createTold,
  renameReaders,
  createUsers,
  createRequests,
];

async function createTables(db: Transaction<Tables>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('resource')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('history')
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('diff', 'text', (column) => column.notNull())
    .addColumn('body', 'text')
    .addPrimaryKeyConstraint('history_pk', ['key', 'revision'])
    .execute();
  await createBookkeeping(db);
}

async function createBookkeeping({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('token')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text')
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('membership')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('addresses', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('audit')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer')
    .addColumn('reason', 'text')
    .execute();
}

async function addReadiness({ schema }: Transaction<Tables>): Promise<void> {
  await schema.alterTable('membership').addColumn('ready_since', 'text').execute();
}

async function createLosses({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('loss')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('reporter', 'text')
    .addColumn('seq', 'integer')
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('loss_at').on('loss').column('at').execute();
}

async function addCommands({ schema }: Transaction<Tables>): Promise<void> {
  await schema.alterTable('membership').addColumn('command', 'text').execute();
}

async function createReleases({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('release')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .execute();
}

async function createTold({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('told')
    .addColumn('release', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('events', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('told_pk', ['release', 'target'])
    .execute();
}

/** What could only read was called so. */
async function renameReaders(db: Transaction<Tables>): Promise<void> {
  await db.updateTable('token').set({ role: 'viewer' }).where('role', '=', 'reader').execute();
}

async function createUsers({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('person')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text')
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('session')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('csrf', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute();
}

async function createRequests({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable('request')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
}

/** The present version of the tables. */
export const SCHEMA_VERSION = STEPS.length;

/** Brings the tables to a version, the present one unless told, each step whole or not at all. @throws FairwayError when they are newer. */
export async function migrate(db: Kysely<Tables>, location: string, version = SCHEMA_VERSION): Promise<void> {
  await db.schema
    .createTable('meta')
    .ifNotExists()
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into meta (key, value) values ('schema', 0), ('revision', 0) on conflict (key) do nothing`.execute(
    db,
  );
  const { value } = await db.selectFrom('meta').select('value').where('key', '=', 'schema').executeTakeFirstOrThrow();
  if (value > STEPS.length) {
    throw new FairwayError(
      'FAIRWAY_STORE_UNAVAILABLE',
      `the store at ${location} has schema version ${value}, this Fairway knows ${STEPS.length}: use the newer one`,
    );
  }
  for (const [index, step] of [...STEPS.entries()].slice(value, version)) await runStep(db, step, index + 1);
}

async function runStep(db: Kysely<Tables>, step: Step, version: number): Promise<void> {
  const run = async (transaction: Transaction<Tables>) => {
    await step(transaction);
    await transaction.updateTable('meta').set({ value: version }).where('key', '=', 'schema').execute();
  };
  await (db.isTransaction ? run(db as Transaction<Tables>) : db.transaction().execute(run));
}
