import { CONSOLE_DIR } from '@fairway/console';
import { DEFAULT_PACE_MS, FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { DEFAULT_DATA_DIR, DEFAULT_PORT, rememberServer } from '../connection.ts';
import { readDocuments } from '../manifest.ts';
import { command, type JsonOption, parseWhole } from '../option.ts';
import { show } from '../terminal.ts';

interface UpOptions extends JsonOption {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly advertise?: string;
  readonly ledgerDays?: number;
  readonly trafficEvery: number;
  readonly otlpEndpoint?: string;
  readonly targets?: string;
  readonly oidc?: string;
  readonly logLevel: 'off' | 'error' | 'warn' | 'info' | 'debug';
}

interface Running {
  readonly url: string;
  readonly store: string;
  readonly bootstrapToken?: string;
  readonly adminTokenFile: string;
  readonly follows?: string;
}

function tokenText({ bootstrapToken, adminTokenFile, follows }: Running): string {
  if (bootstrapToken) return `${bootstrapToken} (shown once; kept in ${adminTokenFile})`;
  return follows ? 'kept where the first replica was started' : `kept in ${adminTokenFile}`;
}

function welcome(running: Running): string {
  const { url, store, follows } = running;
  return [
    'Fairway control plane',
    `  address      ${url}`,
    `  console      ${url}/console/`,
    `  store        ${store}`,
    ...(follows ? [`  replica      follows ${follows}, and leads when that ends`] : []),
    `  admin token  ${tokenText(running)}`,
    '',
    'Next, in another terminal in this directory:',
    '  fairway run --service order -- node app.js    start an application under Fairway',
    '  fairway instances                             see who is there',
    '  fairway apply -f lanes.yaml                   tell it what to do',
  ].join('\n');
}

const SECOND_MS = 1_000;
const METRICS_EVERY_MS = 60_000;

/** Where metrics and spans are sent; undefined: nowhere. */
function otlpOf({ otlpEndpoint }: UpOptions): { endpoint: string | undefined; metricsEveryMs: number } | undefined {
  if (otlpEndpoint === undefined && !process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return undefined;
  if (otlpEndpoint !== undefined && !/^https?:\/\/./.test(otlpEndpoint)) {
    const expected = 'an http(s) URL';
    throw new FairwayError(
      'FAIRWAY_INVALID',
      `--otlp-endpoint: found ${JSON.stringify(otlpEndpoint)}, expected ${expected}`,
    );
  }
  const everyMs = Number(process.env['OTEL_METRIC_EXPORT_INTERVAL']);
  return { endpoint: otlpEndpoint, metricsEveryMs: everyMs >= SECOND_MS ? everyMs : METRICS_EVERY_MS };
}

/** The one document of a file of configuration; undefined: there is none. */
async function configured(file: string | undefined): Promise<unknown> {
  if (!file) return undefined;
  const documents = await readDocuments(file);
  if (documents.length === 1) return documents[0]?.value;
  throw new FairwayError('FAIRWAY_INVALID', `${file}: found ${documents.length} documents, expected one`);
}

/** @throws FairwayError FAIRWAY_INVALID */
function advertisedOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/') return url.origin;
  const found = JSON.stringify(text);
  throw new FairwayError('FAIRWAY_INVALID', `--advertise: found ${found}, expected http://HOST:PORT of this process`);
}

const daysOf = parseWhole('the days of the loss ledger', 1, 3_650);

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function up(options: UpOptions): Promise<void> {
  const end = ended();
  const { startServer } = await import('@fairway/server');
  const { host, port, dataDir, databaseUrl = process.env['DATABASE_URL'], logLevel } = options;
  const advertise = options.advertise ?? process.env['FAIRWAY_ADVERTISE'];
  const lossDays = options.ledgerDays ?? daysOf(process.env['FAIRWAY_LEDGER_DAYS'] || '7');
  const otlp = otlpOf(options);
  const targets = await configured(options.targets ?? process.env['FAIRWAY_TARGETS']);
  const oidc = await configured(options.oidc ?? process.env['FAIRWAY_OIDC']);
  const server = await startServer({
    host,
    port,
    dataDir,
    lossDays,
    consoleDir: CONSOLE_DIR,
    trafficEveryMs: options.trafficEvery * 1000,
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(advertise ? { advertise: advertisedOf(advertise) } : {}),
    ...(otlp ? { otlp } : {}),
    ...(targets === undefined ? {} : { targets }),
    ...(oidc === undefined ? {} : { oidc }),
    log: { level: logLevel },
  });
  await rememberServer(dataDir, server.url);
  const { close: _close, ...running } = server;
  if (options.json) show(false, running, () => JSON.stringify(running));
  else show(false, running, () => welcome(running));
  await end;
  await server.close();
}

/** `fairway up`: the control plane, in the foreground. */
export function upCommand(): Command {
  return command('up', 'Start the control plane here, until it is interrupted', [
    'fairway up',
    'fairway up --port 7400 --data-dir /var/lib/fairway',
    'DATABASE_URL=postgres://fairway@db/fairway fairway up --host 0.0.0.0    # any number of these are replicas',
  ])
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0: any that is free', parseWhole('--port', 0, 65_535), DEFAULT_PORT)
    .option('--data-dir <dir>', 'where the store and the first token are kept', DEFAULT_DATA_DIR)
    .option('--database-url <url>', 'PostgreSQL instead of the embedded store (or DATABASE_URL)')
    .option('--advertise <url>', 'where other replicas on the same PostgreSQL reach this one (or FAIRWAY_ADVERTISE)')
    .option('--ledger-days <days>', 'how long the loss ledger is kept (or FAIRWAY_LEDGER_DAYS; default: 7)', daysOf)
    .option(
      '--traffic-every <seconds>',
      'how often agents report traffic while nobody watches; 0: they do not measure it',
      parseWhole('--traffic-every', 0, 60),
      DEFAULT_PACE_MS / 1000,
    )
    .option(
      '--otlp-endpoint <url>',
      'send metrics, and spans of agents, to an OpenTelemetry collector (or OTEL_EXPORTER_OTLP_ENDPOINT)',
    )
    .option('--targets <file>', 'places outside that releases may ask and tell, by name (or FAIRWAY_TARGETS)')
    .option('--oidc <file>', 'an OpenID provider by which people sign in, and their roles (or FAIRWAY_OIDC)')
    .option('--log-level <level>', 'off, error, warn, info or debug', 'warn')
    .action(up);
}
