import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { type Registration, WIRE_VERSION } from '@fairway/model';
import type { Options } from '../option.ts';
import type { Presence } from './presence.ts';

/** Version of the agent, as told to the control plane. */
export const AGENT_VERSION = '0.1.0';

/** Who this process is. */
export interface Identity {
  readonly instance: string;
  /** Name of the service, without its namespace. */
  readonly service: string;
}

/**
 * Names this process: the service by FAIRWAY_SERVICE, else by the package.json nearest to the main script, else by the
 * script; the instance by FAIRWAY_INSTANCE, else at random. Children of a process inherit its environment: those that
 * Node.js forked, cluster workers among them, add their pid to the given id, so that each is an instance of its own at
 * the same address.
 */
export function identify(options: Options): Identity {
  const script = options.script();
  const service = nameFrom(options.service ?? packageName(script) ?? basename(script ?? 'node'));
  const isForked = process.send !== undefined;
  if (options.instance)
    return { service, instance: isForked ? `${options.instance}-${process.pid}` : options.instance };
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 40);
  return { service, instance: `${service.slice(0, 40)}-${host}-${process.pid}-${randomBytes(3).toString('hex')}` };
}

/** `@shop/Order_API` -> `order_api`: the last part, in lower case, with `-` for what a service name may not have. */
export function nameFrom(text: string): string {
  const last = text.slice(text.lastIndexOf('/') + 1).replace(/\.[cm]?[jt]s$/, '');
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '-')
    .slice(0, 128);
  return name.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'node';
}

function packageName(script: string | undefined): string | undefined {
  for (let folder = script && dirname(resolve(script)); folder; ) {
    const name = nameInPackage(join(folder, 'package.json'));
    if (name !== undefined) return name;
    const parent = dirname(folder);
    folder = parent === folder ? undefined : parent;
  }
  return undefined;
}

function nameInPackage(file: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** What is announced of this process. */
export function registrationOf(options: Options, identity: Identity, presence: Presence): Registration {
  return {
    version: WIRE_VERSION,
    instance: {
      id: identity.instance,
      service: `${options.namespace}/${identity.service}`,
      lane: options.lane,
      labels: { ...options.labels },
      ...(options.zone === undefined ? {} : { zone: options.zone }),
      ...presence,
    },
    agent: { version: AGENT_VERSION, runtime: `node ${process.version}`, pid: process.pid, hostname: hostname() },
  };
}
