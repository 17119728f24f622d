import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { command, type JsonOption, parseWhole } from '../option.ts';
import { show } from '../terminal.ts';

interface OfflineOptions extends JsonOption {
  readonly port?: number;
}

const PORT = 'FAIRWAY_ADMIN_PORT';

/** What the admin port answers: of one process, or of the workers of a cluster. */
interface Answer {
  readonly state?: string;
  readonly workers?: readonly { readonly state?: string }[];
}

/** @throws FairwayError FAIRWAY_INVALID when no port is named; FAIRWAY_NOT_FOUND when no instance answers on it */
async function takeOffline(port: number): Promise<Answer> {
  const url = `http://127.0.0.1:${port}/offline`;
  const answer = await fetch(url, { method: 'POST' }).catch((cause) => {
    throw new FairwayError('FAIRWAY_NOT_FOUND', `no admin port of an instance answers on 127.0.0.1:${port}`, { cause });
  });
  if (answer.status === 200) return (await answer.json()) as Answer;
  throw new FairwayError('FAIRWAY_NOT_FOUND', `what answers on 127.0.0.1:${port} is no admin port (${answer.status})`);
}

async function run(options: OfflineOptions): Promise<void> {
  const port = options.port ?? parseWhole(PORT, 1, 65_535)(process.env[PORT] ?? '');
  const answer = await takeOffline(port);
  const states = (answer.workers ?? [answer]).map(({ state }) => state ?? 'unknown');
  show(options.json, answer, () => states.join('\n'));
  if (states.some((state) => state !== 'quiet')) process.exitCode = 1;
}

/** `fairway offline`. */
export function offlineCommand(): Command {
  const summary = 'Take the instance on this machine offline; returns once no caller sends it anything';
  return command('offline', summary, ['fairway offline --port 7401'])
    .option('--port <number>', `its admin port (or ${PORT})`, parseWhole('--port', 1, 65_535))
    .action(run);
}
