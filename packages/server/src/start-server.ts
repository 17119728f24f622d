import { adminTokenFile } from './admin-token.ts';
import { openControlPlane } from './control-plane.ts';
import { Front } from './http/front.ts';
import { createLog } from './http/log-option.ts';
import { resolveOptions, type ServerOptions } from './option.ts';
import { openStore } from './store/open-store.ts';

/** A control plane that runs. */
export interface RunningServer {
  readonly url: string;
  /** Where its store is, for people. */
  readonly store: string;
  /** The first admin token, at the first start with a store only. */
  readonly bootstrapToken?: string;
  /** The file that holds it, mode 0600. */
  readonly adminTokenFile: string;
  /** Ends streams and requests in good order, and writes what is left to write. */
  close(): Promise<void>;
}

/**
 * Starts a control plane; fulfilled when it listens.
 * @throws FairwayError FAIRWAY_STORE_LOCKED, FAIRWAY_STORE_UNAVAILABLE, FAIRWAY_ENVIRONMENT (the port is taken)
 */
export async function startServer(given: ServerOptions = {}): Promise<RunningServer> {
  const options = resolveOptions(given);
  const front = new Front(options.limits);
  const store = await openStore(options);
  try {
    const log = createLog(options.log);
    const { bootstrapToken, ...plane } = await openControlPlane(store, options, log);
    front.responder = plane;
    const url = await front.listen(options.host, options.port);
    log.info(`Server listening at ${url}`);
    return {
      url,
      store: store.location,
      ...(bootstrapToken === undefined ? {} : { bootstrapToken }),
      adminTokenFile: adminTokenFile(options.dataDir),
      close: once(async () => {
        await front.close();
        await store.close();
      }),
    };
  } catch (error) {
    await front.responder?.close();
    await store.close();
    throw error;
  }
}

/** A job that is done once, however often it is asked for. */
function once(job: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= job();
    return done;
  };
}
