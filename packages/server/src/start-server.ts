import type { Logger } from 'pino';
import { adminTokenFile } from './admin-token.ts';
import { openControlPlane } from './control-plane.ts';
import { Front } from './http/front.ts';
import { createLog } from './http/log-option.ts';
import { type ResolvedOptions, resolveOptions, type ServerOptions } from './option.ts';
import { advertised, Member } from './replica/member.ts';
import { openStore } from './store/open-store.ts';
import { locationOf } from './store/postgres-database.ts';

/** A control plane that runs. */
export interface RunningServer {
  readonly url: string;
  /** Where its store is, for people. */
  readonly store: string;
  /** The first admin token, at the first start with a store only. */
  readonly bootstrapToken?: string;
  /** The file that holds it, mode 0600. */
  readonly adminTokenFile: string;
  /** The replica that leads, where this is one that does not. */
  readonly follows?: string;
  /** Ends streams and requests in good order, and writes what is left to write. */
  close(): Promise<void>;
}

type Started = Pick<RunningServer, 'url' | 'store' | 'close'> & {
  readonly bootstrapToken?: string | undefined;
  readonly follows?: string | null | undefined;
};

/**
 * Starts a control plane; fulfilled when it listens. On PostgreSQL it is one of any number of replicas.
 * @throws FairwayError FAIRWAY_STORE_LOCKED, FAIRWAY_STORE_UNAVAILABLE, FAIRWAY_ENVIRONMENT (the port is taken)
 */
export async function startServer(given: ServerOptions = {}): Promise<RunningServer> {
  const options = resolveOptions(given);
  const log = createLog(options.log);
  const front = new Front(options.limits);
  const { databaseUrl } = options;
  const started = await (databaseUrl ? startMember(front, databaseUrl, options, log) : startAlone(front, options, log));
  const { url, store, bootstrapToken, follows, close } = started;
  log.info(`Server listening at ${url}`);
  return {
    url,
    store,
    ...(bootstrapToken === undefined ? {} : { bootstrapToken }),
    ...(follows ? { follows } : {}),
    adminTokenFile: adminTokenFile(options.dataDir),
    close: once(close),
  };
}

async function startAlone(front: Front, options: ResolvedOptions, log: Logger): Promise<Started> {
  const store = await openStore(options);
  try {
    const plane = await openControlPlane(store, options, log);
    front.responder = plane;
    const url = await front.listen(options.host, options.port);
    const close = async () => {
      await front.close();
      await store.close();
    };
    return { url, store: store.location, bootstrapToken: plane.bootstrapToken, close };
  } catch (error) {
    await front.responder?.close();
    await store.close();
    throw error;
  }
}

/** It listens first: the others are told where. */
async function startMember(front: Front, databaseUrl: string, options: ResolvedOptions, log: Logger): Promise<Started> {
  const url = await front.listen(options.host, options.port);
  const member = new Member(front, options.advertise ?? advertised(url, options.host), databaseUrl, options, log);
  try {
    await member.start();
  } catch (error) {
    await member.close();
    throw error;
  }
  const { bootstrapToken, follows } = member;
  return { url, store: locationOf(databaseUrl), bootstrapToken, follows, close: () => member.close() };
}

/** A job that is done once, however often it is asked for. */
function once(job: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= job();
    return done;
  };
}
