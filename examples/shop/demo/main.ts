// The shop with a canary behind a real NGINX, under steady traffic, with a live table. Ends with Ctrl-C or --for SECONDS. The key r, or
// --roll SERVICE, replaces a service meanwhile and shows what the loss ledger says.
import { parseArgs } from 'node:util';
import { type Board, newBoard } from './board.ts';
import { type CanaryWatch, watchCanary } from './canary-watch.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { thingsToTry, writeEnvironment } from './guide.ts';
import { onKey } from './key.ts';
import type { Outcome } from './load.ts';
import { releaseAndAsk } from './release.ts';
import { PROGRAMS, type ServiceName } from './service-program.ts';
import { runUntilSignal } from './signal.ts';
import { steadyTraffic } from './traffic.ts';

const WINDOW_MS = 10_000;
const REFRESH_MS = 1_000;
/** Lines are for logs: fewer of them. */
const PLAIN_REFRESH_MS = 5_000;
/** An answer is judged this much later, when a change of the lane that it met is known here too. */
const JUDGE_DELAY_MS = 1_000;

interface Wanted {
  /** null: until Ctrl-C. */
  readonly seconds: number | null;
  /** Replaced once, at the start. */
  readonly roll: ServiceName | null;
}

function readWanted(): Wanted {
  const { values } = parseArgs({ options: { for: { type: 'string' }, roll: { type: 'string' } } });
  const seconds = values.for === undefined ? null : Number(values.for);
  if (seconds !== null && !(seconds > 0))
    throw new Error(`--for: found ${JSON.stringify(values.for)}, expected seconds above 0`);
  const { roll } = values;
  if (roll !== undefined && !isService(roll))
    throw new Error(`--roll: found ${JSON.stringify(roll)}, expected one of ${Object.keys(PROGRAMS).join(', ')}`);
  return { seconds, roll: roll ?? null };
}

function isService(name: string): name is ServiceName {
  return Object.hasOwn(PROGRAMS, name);
}

/** Replaces a service, one at a time; gives what is to be shown of it. */
class Releases {
  readonly #fleet: Fleet;
  text = '';
  #running: Promise<void> | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  begin(service: ServiceName): void {
    if (this.#running) return;
    this.text = `replacing ${service} …`;
    this.#running = releaseAndAsk(this.#fleet, service).then(
      (text) => this.#ended(text),
      (error: Error) => this.#ended(`${service}: ${error.message}`),
    );
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  #ended(text: string): void {
    this.text = text;
    this.#running = undefined;
  }
}

/** Adds what may be judged by now to the board and keeps the rest. */
function judgeUntil(untilMs: number, waiting: Outcome[], board: Board, canary: CanaryWatch): void {
  while (waiting[0] && waiting[0].endedMs <= untilMs) {
    const outcome = waiting.shift() as Outcome;
    board.add(outcome, canary.during(outcome.startedMs, outcome.endedMs));
  }
}

function show(text: string, isTerminal: boolean): void {
  console.log(isTerminal ? `\u001b[H\u001b[J${text}` : `${text}\n`);
}

async function showTraffic(fleet: Fleet, guide: string, releases: Releases, signal: AbortSignal): Promise<Board> {
  const board = newBoard(WINDOW_MS);
  const canary = watchCanary(fleet.client, signal);
  const waiting: Outcome[] = [];
  const isTerminal = process.stdout.isTTY === true;
  const refresh = () => {
    judgeUntil(performance.now() - JUDGE_DELAY_MS, waiting, board, canary);
    const table = [board.render(performance.now()), releases.text].filter(Boolean).join('\n\n');
    show(isTerminal ? `${guide}\n\nlast ${WINDOW_MS / 1000} s:\n${table}` : table, isTerminal);
  };
  const timer = setInterval(refresh, isTerminal ? REFRESH_MS : PLAIN_REFRESH_MS);
  await steadyTraffic(fleet.entries, (outcome) => waiting.push(outcome), signal);
  clearInterval(timer);
  judgeUntil(Number.POSITIVE_INFINITY, waiting, board, canary);
  show(board.render(performance.now()), false);
  return board;
}

const { seconds, roll } = readWanted();
process.exitCode = await runUntilSignal(async (signal) => {
  const preferredPorts = { server: 7400, http: 8000, tcp: 9000 };
  const fleet = await startFleet({ say: (line) => console.log(line), signal, preferredPorts });
  try {
    const guide = thingsToTry(fleet, await writeEnvironment(fleet));
    console.log(`\n${guide}\n`);
    const end = seconds === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
    const releases = new Releases(fleet);
    if (roll) releases.begin(roll);
    const giveBack = onKey('r', () => releases.begin('order'));
    const board = await showTraffic(fleet, guide, releases, end).finally(giveBack);
    await releases.idle();
    if (roll) console.log(releases.text);
    return board.requests > 0 && board.failed + board.violations === 0 ? 0 : 1;
  } finally {
    console.log('ending all processes');
    await fleet.stop();
  }
});
