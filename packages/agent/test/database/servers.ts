import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PostgresCluster, postgresPrograms } from '../../../server/src/store/postgres-cluster.ts';
import { startMongoResponder } from './mongo-responder.ts';
import { startProgram } from './program.ts';

/** Where a test finds the servers that were started for it. */
export interface Servers {
  /** URL. */
  readonly postgres: string;
  /** Unix socket of a MariaDB; the user is `root`, without a password. */
  readonly mysql: string;
  /** Unix socket. */
  readonly redis: string;
  /** URL of a responder that speaks the protocol, see `mongo-responder.ts`. */
  readonly mongo: string;
  stop(): Promise<void>;
}

/** Starts the servers, each with its data in a temporary folder. */
export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(`${tmpdir()}/fairway-servers-`);
  const cluster = createCluster();
  const redis = `${folder}/redis.sock`;
  const mysql = `${folder}/mysql.sock`;
  const [mongo, ...programs] = await Promise.all([
    startMongoResponder(),
    startProgram(
      '/usr/bin/redis-server',
      ['--port', '0', '--unixsocket', redis, '--save', '', '--dir', folder],
      'ready to accept connections',
    ),
    startMariadb(folder, mysql),
    cluster.start(),
  ]);
  return {
    postgres: cluster.createDatabase(),
    mysql,
    redis,
    mongo: mongo.url,
    async stop() {
      await Promise.all([...programs.map((program) => program?.stop()), cluster.remove(), mongo.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createCluster(): PostgresCluster {
  const programs = postgresPrograms();
  if (!programs) throw new Error('PostgreSQL is missing: run `make setup` as root, or install its package');
  return new PostgresCluster(programs);
}

function startMariadb(folder: string, socket: string) {
  const options = ['--no-defaults', `--datadir=${folder}/mysql`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])];
  execFileSync(
    '/usr/bin/mariadb-install-db',
    [...options, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { stdio: 'pipe' },
  );
  return startProgram(
    '/usr/sbin/mariadbd',
    [
      ...options,
      `--socket=${socket}`,
      '--skip-networking',
      '--innodb-buffer-pool-size=16M',
      '--innodb-log-file-size=4M',
    ],
    'ready for connections',
  );
}
