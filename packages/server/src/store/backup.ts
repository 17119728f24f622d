import { FairwayError, invalid } from '@fairway/model';
import { Kysely, type Transaction } from 'kysely';
import { type Database, storeError } from './database.ts';
import { migrate, SCHEMA_VERSION } from './migration.ts';
import { TABLES, type Tables } from './schema.ts';

/** The first line of a backup. */
const FORMAT = 'fairway-backup';
/** After so many rows the process gets to do other things. */
const BREATH = 1_000;
/** Rows that are written with one statement. */
const CHUNK = 100;

type Row = Readonly<Record<string, string | number | null>>;
type TableName = (typeof TABLES)[number];

/**
 * All that is stored, as lines of JSON: a head, each row with its table, and an end by which it is known to be whole. The same of
 * either database.
 */
export async function dump(db: Transaction<Tables>, at: string): Promise<string[]> {
  const lines = [JSON.stringify({ format: FORMAT, schema: SCHEMA_VERSION, at })];
  for (const table of TABLES) {
    const rows = await db.selectFrom(table).selectAll().execute();
    for (const row of rows) {
      lines.push(JSON.stringify([table, row]));
      if (lines.length % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  lines.push(JSON.stringify({ rows: lines.length - 1 }));
  return lines;
}

/**
 * Puts what a backup holds into an empty database: all of it, or nothing. How many rows that is.
 * @throws FairwayError FAIRWAY_INVALID: it is none, or not whole; FAIRWAY_CONFLICT: the database is not empty; and what opening does
 */
export async function restoreBackup(database: Database, lines: readonly string[]): Promise<number> {
  const db = new Kysely<Tables>({ dialect: database.dialect });
  const { location } = database;
  try {
    const { schema, rows } = read(lines);
    await db.transaction().execute(async (transaction) => {
      await migrate(transaction, location, 0);
      await expectEmpty(transaction, location);
      await migrate(transaction, location, schema);
      await insert(transaction, rows);
      await migrate(transaction, location);
    });
    return rows.length;
  } catch (error) {
    throw storeError('restore into the store', location, error);
  } finally {
    await db.destroy();
    await database.release();
  }
}

interface Backup {
  readonly schema: number;
  readonly rows: readonly (readonly [TableName, Row])[];
}

function read(lines: readonly string[]): Backup {
  const [first, ...rest] = lines.filter((line) => line !== '');
  if (first === undefined) throw wrong('line 1', 'nothing', 'the head of a backup');
  const head = parsed(first, 1) as { format?: unknown; schema?: unknown } | null;
  if (head?.format !== FORMAT) throw wrong('line 1', first.slice(0, 40), 'the head of a backup');
  const schema = Number(head.schema);
  if (!(Number.isInteger(schema) && schema > 0 && schema <= SCHEMA_VERSION)) {
    throw wrong('line 1: schema', String(head.schema), `at most ${SCHEMA_VERSION}: a newer Fairway made this backup`);
  }
  const end = parsed(rest.pop() ?? '', lines.length) as { rows?: unknown } | null;
  if (end?.rows !== rest.length) {
    throw wrong('the last line', `${rest.length} rows and no end`, 'the number of rows: the backup is not whole');
  }
  return { schema, rows: rest.map((line, index) => rowOf(line, index + 2)) };
}

function wrong(path: string, found: string, expected: string): FairwayError {
  return invalid('the backup', [{ path, found, expected }]);
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw wrong(`line ${number}`, line.slice(0, 40), 'a line of a backup, which is JSON');
  }
}

function rowOf(line: string, number: number): readonly [TableName, Row] {
  const found = parsed(line, number);
  const [table, row] = Array.isArray(found) ? found : [];
  const isRow = typeof row === 'object' && row !== null && Object.values(row).every(isValue);
  if (TABLES.includes(table) && isRow) return [table, row];
  throw wrong(`line ${number}`, line.slice(0, 40), 'a table and a row of it');
}

function isValue(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

async function expectEmpty(db: Kysely<Tables>, location: string): Promise<void> {
  const { value } = await db.selectFrom('meta').select('value').where('key', '=', 'schema').executeTakeFirstOrThrow();
  if (value === 0) return;
  const text = `the store at ${location} is not empty: restore into a data directory or database that is new`;
  throw new FairwayError('FAIRWAY_CONFLICT', text);
}

async function insert(db: Transaction<Tables>, rows: Backup['rows']): Promise<void> {
  await db.deleteFrom('meta').where('key', '=', 'revision').execute();
  for (const table of TABLES) {
    // How far the tables themselves are is theirs to know.
    const own = rows.filter(([of, row]) => of === table && !(of === 'meta' && row['key'] === 'schema'));
    for (let start = 0; start < own.length; start += CHUNK) {
      const values = own.slice(start, start + CHUNK).map(([, row]) => row);
      await db
        .insertInto(table)
        .values(values as never)
        .execute();
    }
  }
}
