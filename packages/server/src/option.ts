import type { LeaseOptions } from '@fairway/control';
import { DEFAULT_PACE_MS } from '@fairway/model';
import type { OtlpOptions } from './export/otlp-export.ts';
import type { HttpLimits } from './http/app.ts';
import type { LogOptions } from './http/log-option.ts';
import type { StoreOptions } from './store/open-store.ts';
import { parseTargets } from './target/target.ts';
import { parseOidc } from './user/oidc.ts';

/** How a control plane is run. Everything has a default, see {@link resolveOptions}. */
export interface ServerOptions extends Partial<StoreOptions> {
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Where the console was built; absent, or nothing there: it is told that it was not. */
  readonly consoleDir?: string;
  /** Where the other replicas on the same PostgreSQL reach this one. Default: where it listens. */
  readonly advertise?: string;
  readonly log?: Partial<LogOptions>;
  readonly lease?: Partial<LeaseOptions>;
  readonly limits?: Partial<HttpLimits>;
  readonly heartbeatMs?: number;
  /** A stream whose reader does not read for so long is dropped. */
  readonly stallMs?: number;
  /** An agent that had nothing to acknowledge for so long is asked to. */
  readonly probeMs?: number;
  /** A stream whose reader acknowledges nothing for so long is dropped. */
  readonly ackTimeoutMs?: number;
  readonly maxStreamsPerToken?: number;
  /** How often agents report traffic while nobody watches. 0: they do not measure it. */
  readonly trafficEveryMs?: number;
  /** Metrics and spans are sent to an OpenTelemetry collector. Absent: they are not. */
  readonly otlp?: OtlpOptions;
  /** People may sign in by an OpenID provider: see {@link parseOidc}. */
  readonly oidc?: unknown;
  /** Places outside that releases may ask and tell, by name: see {@link parseTargets}. */
  readonly targets?: unknown;
  /** The loss ledger keeps lines for so long … */
  readonly lossDays?: number;
  /** … and so many at most. */
  readonly maxLossLines?: number;
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** The options with the defaults filled in. */
export function resolveOptions(options: ServerOptions) {
  return {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 7400,
    dataDir: options.dataDir ?? '.fairway',
    databaseUrl: options.databaseUrl,
    consoleDir: options.consoleDir,
    advertise: options.advertise,
    maxStoreBytes: options.maxStoreBytes,
    lease: options.lease ?? {},
    heartbeatMs: options.heartbeatMs ?? 5_000,
    stallMs: options.stallMs ?? 15_000,
    probeMs: options.probeMs ?? 30_000,
    ackTimeoutMs: options.ackTimeoutMs ?? 30_000,
    trafficEveryMs: options.trafficEveryMs ?? DEFAULT_PACE_MS,
    otlp: options.otlp,
    oidc: options.oidc === undefined ? undefined : parseOidc(options.oidc),
    targets: parseTargets(options.targets ?? {}),
    lossDays: options.lossDays ?? 7,
    maxLossLines: options.maxLossLines ?? 200_000,
    maxStreamsPerToken: options.maxStreamsPerToken ?? 10_000,
    log: { level: 'info', stream: process.stderr, ...options.log } satisfies LogOptions as LogOptions,
    limits: {
      maxBodyBytes: 4 * 1024 * 1024,
      maxHeaderBytes: 16 * 1024,
      maxConnections: 25_000,
      requestTimeoutMs: 30_000,
      maxFailedAttempts: 30,
      ...options.limits,
    } satisfies HttpLimits,
  };
}
