import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isLabel } from '@fairway/core';
import { DEFAULT_NAMESPACE } from '@fairway/model';
import type { LogLevel } from './log.ts';
import { applicationEnvironment, mainScript } from './pm2.ts';

/** Interception that can be switched off alone, by FAIRWAY_DISABLE. */
export type Switch =
  | 'http'
  | 'undici'
  | 'http2'
  | 'grpc'
  | 'inbound'
  | 'tcp'
  | 'lifecycle'
  | 'measure'
  | 'trace'
  | 'diagnose';

/** What the environment says. */
export interface Options {
  /** The control plane: one of its replicas, or several, of which any will do. */
  readonly servers: readonly URL[];
  readonly namespace: string;
  /** Name of the service without its namespace; undefined: found by the application's package.json. */
  readonly service: string | undefined;
  /** Empty: base. */
  readonly lane: string;
  readonly host: string | undefined;
  readonly zone: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: string | undefined;
  readonly stateDir: string;
  readonly disabled: ReadonlySet<string>;
  readonly log: LogLevel;
  /** Where the admin port is; undefined: there is none. */
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  /** Longest that the first call to an address is held while the control plane is asked what it means. */
  readonly firstCallWaitMs: number;
  /** Time that most decisions may take, in microseconds. Infinity: any. */
  readonly budgetUs: number;
  /** Memory that what is known may take, in bytes. Infinity: any. */
  readonly budgetBytes: number;
  /** The application's main script, as it is now: runners of TypeScript name theirs late. undefined: there is none. */
  script(): string | undefined;
  /** Reads the token, from its file each time where one is named. Empty: none. */
  token(): string;
}

/** The environment variables that the agent reads. */
export const OPTION_NAMES = [
  'FAIRWAY_SERVER',
  'FAIRWAY_TOKEN',
  'FAIRWAY_TOKEN_FILE',
  'FAIRWAY_NAMESPACE',
  'FAIRWAY_SERVICE',
  'FAIRWAY_LANE',
  'FAIRWAY_HOST',
  'FAIRWAY_ZONE',
  'FAIRWAY_LABELS',
  'FAIRWAY_INSTANCE',
  'FAIRWAY_STATE_DIR',
  'FAIRWAY_DISABLE',
  'FAIRWAY_ADMIN_PORT',
  'FAIRWAY_ADMIN_HOST',
  'FAIRWAY_LOG',
  'FAIRWAY_FIRST_CALL_WAIT_MS',
  'FAIRWAY_BUDGET_US',
  'FAIRWAY_BUDGET_MB',
] as const;

type Environment = Readonly<Partial<Record<string, string>>>;

const DEFAULT_FIRST_CALL_WAIT_MS = 300;
const MAX_FIRST_CALL_WAIT_MS = 10_000;
const MAX_SERVERS = 16;
const DEFAULT_BUDGET_US = 500;
const DEFAULT_BUDGET_MB = 64;
const BYTES_A_MB = 1024 * 1024;
const INSTANCE_ID = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,110}[A-Za-z0-9])?$/;
const LOG_LEVELS: readonly string[] = ['off', 'error', 'info', 'debug'];

/** How much is told on stderr; `off` unless FAIRWAY_LOG says otherwise. */
export function readLogLevel(env: Environment = process.env): LogLevel {
  const level = env['FAIRWAY_LOG'] ?? '';
  return LOG_LEVELS.includes(level) ? (level as LogLevel) : 'off';
}

/**
 * Reads the options. A text says why the agent must not run: no control plane is named, it is switched off, or a name
 * is wrong (an instance with a misspelt lane must not pass for a base one).
 */
export function readOptions(env: Environment = applicationEnvironment(process.argv[1], process.env)): Options | string {
  const named = list(env['FAIRWAY_SERVER']).slice(0, MAX_SERVERS);
  if (named.length === 0) return 'FAIRWAY_SERVER is not set';
  const servers = named.flatMap((server) => httpUrl(server) ?? []);
  if (servers.length < named.length) return 'FAIRWAY_SERVER is not an http or https URL';
  const disabled = new Set(list(env['FAIRWAY_DISABLE']));
  if (disabled.has('all')) return 'FAIRWAY_DISABLE is all';
  const lane = env['FAIRWAY_LANE'] === 'base' ? '' : (env['FAIRWAY_LANE'] ?? '');
  if (lane !== '' && !isLabel(lane)) return 'FAIRWAY_LANE is not a label of a-z, 0-9 and -, at most 63 characters';
  const namespace = env['FAIRWAY_NAMESPACE'] || DEFAULT_NAMESPACE;
  if (!isLabel(namespace)) return 'FAIRWAY_NAMESPACE is not a label of a-z, 0-9 and -, at most 63 characters';
  const instance = env['FAIRWAY_INSTANCE'] || undefined;
  if (instance !== undefined && !INSTANCE_ID.test(instance)) return 'FAIRWAY_INSTANCE is not an instance id';
  return {
    servers,
    namespace,
    service: env['FAIRWAY_SERVICE'] || undefined,
    lane,
    host: env['FAIRWAY_HOST'] || undefined,
    zone: env['FAIRWAY_ZONE']?.slice(0, 128) || undefined,
    labels: pairs(env['FAIRWAY_LABELS']),
    instance,
    stateDir: env['FAIRWAY_STATE_DIR'] || `${tmpdir()}/fairway-${process.getuid?.() ?? 'user'}`,
    disabled,
    admin: adminAddress(env['FAIRWAY_ADMIN_HOST'], env['FAIRWAY_ADMIN_PORT']),
    log: readLogLevel(env),
    firstCallWaitMs: waitMs(env['FAIRWAY_FIRST_CALL_WAIT_MS']),
    budgetUs: budget(env['FAIRWAY_BUDGET_US'], DEFAULT_BUDGET_US),
    budgetBytes: budget(env['FAIRWAY_BUDGET_MB'], DEFAULT_BUDGET_MB) * BYTES_A_MB,
    script: () => mainScript(process.argv[1], env),
    token: tokenReader(env['FAIRWAY_TOKEN'], env['FAIRWAY_TOKEN_FILE']),
  };
}

/** Not by `URL.canParse`: Node.js 16 does not have it. */
function httpUrl(text: string): URL | undefined {
  try {
    return /^https?:\/\//.test(text) ? new URL(text) : undefined;
  } catch {
    return undefined;
  }
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || []);
}

function pairs(text: string | undefined): Record<string, string> {
  const entries = list(text).flatMap((pair) => {
    const eq = pair.indexOf('=');
    return eq > 0 ? [[pair.slice(0, Math.min(eq, 128)), pair.slice(eq + 1, eq + 257)] as const] : [];
  });
  return Object.fromEntries(entries);
}

function adminAddress(host: string | undefined, text: string | undefined): Options['admin'] {
  const port = Number(text);
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536;
  return text && isPort ? { host: host || '127.0.0.1', port } : undefined;
}

function waitMs(text: string | undefined): number {
  const ms = text ? Number(text) : Number.NaN;
  return ms >= 0 ? Math.min(ms, MAX_FIRST_CALL_WAIT_MS) : DEFAULT_FIRST_CALL_WAIT_MS;
}

/** A limit; 0: none. */
function budget(text: string | undefined, fallback: number): number {
  const value = text ? Number(text) : Number.NaN;
  if (!(value >= 0)) return fallback;
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

function tokenReader(token: string | undefined, file: string | undefined): () => string {
  return () => (token || !file ? (token ?? '') : readFileSync(file, 'utf8').trim());
}
