import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@fairway/client';
import { FairwayError } from '@fairway/model';

/** How a command finds the control plane; see `addConnection` in option.ts. */
export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** A control plane and what is known of it on this machine. */
export interface Connection {
  /** Of several replicas a list with commas. */
  readonly server: string;
  /** Admin or viewer token. */
  readonly token: string | undefined;
  readonly dataDir: string;
}

export const DEFAULT_DATA_DIR = '.fairway';
export const DEFAULT_PORT = 7400;
const URL_FILE = 'url';
/** Written by the control plane when its store is new. */
const ADMIN_TOKEN_FILE = 'admin-token';

async function lineOf(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.trim() || undefined;
}

/** Keeps the address of a control plane for commands that are run beside it. */
export async function rememberServer(dataDir: string, url: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, URL_FILE), `${url}\n`);
}

function sameServer(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href;
}

/**
 * Flags first, then the environment, then what `fairway up` left in the data directory, whose token is sent to the
 * control plane that it belongs to and to no other.
 */
export async function findConnection(options: ConnectionOptions): Promise<Connection> {
  const dataDir = options.dataDir ?? DEFAULT_DATA_DIR;
  const local = (await lineOf(join(dataDir, URL_FILE))) ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  const server = options.server ?? (process.env['FAIRWAY_SERVER'] || local);
  const named = options.token ?? (process.env['FAIRWAY_TOKEN'] || undefined);
  const token = named ?? (sameServer(server, local) ? await lineOf(join(dataDir, ADMIN_TOKEN_FILE)) : undefined);
  return { server, token, dataDir };
}

/** A client of the control plane that a command means. @throws FairwayError FAIRWAY_INVALID for a bad URL */
export async function connect(options: ConnectionOptions): Promise<Client> {
  const { server, token } = await findConnection(options);
  return createClient({ server, token });
}

/**
 * A token for the agents of a namespace: from the environment, else one made with the admin token at hand and kept,
 * readable by its owner only.
 *
 * @throws FairwayError FAIRWAY_UNAUTHENTICATED when there is neither
 */
export async function agentToken(options: ConnectionOptions, namespace: string): Promise<string | undefined> {
  const given = process.env['FAIRWAY_TOKEN'];
  const isForPeople = /^fwy_(?:admin|reader)_/.test(given ?? '');
  if ((given && !isForPeople) || process.env['FAIRWAY_TOKEN_FILE']) return given;
  const { server, token, dataDir } = await findConnection(options);
  const client = createClient({ server, token });
  const file = join(dataDir, `agent-token-${namespace}-${new URL(client.server).host.replaceAll(/[^\w.-]/g, '_')}`);
  const kept = await lineOf(file);
  if (kept) return kept;
  if (!token) {
    const text = `no token for agents of namespace ${namespace}: set FAIRWAY_TOKEN (make one: fairway token create --role agent --namespace ${namespace} NAME)`;
    throw new FairwayError('FAIRWAY_UNAUTHENTICATED', text);
  }
  const made = await client.createToken({
    name: `agents of ${namespace}`,
    role: 'agent',
    namespace,
  });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `${made.token}\n`, { mode: 0o600 });
  return made.token;
}
