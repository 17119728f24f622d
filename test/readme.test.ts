// The five minutes of the README, word by word: its commands, in its order, and the answers that it promises.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEADLINE_MS = 30_000;

/** The commands of a section, here with the paths of this checkout, so that they run in a folder of their own. */
function commandsOf(title: string): string[] {
  const [, section = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(`\n## ${title}\n`);
  const body = section.split('\n## ')[0] ?? '';
  const lines = body.split('\n').filter((line) => line.startsWith('    '));
  return lines.map((line) =>
    line.trim().replaceAll('./fairway', `${ROOT}fairway`).replaceAll('examples/', `${ROOT}examples/`),
  );
}

const all = commandsOf('Five minutes to the first canary').filter((line) => !line.startsWith('make '));
const isService = (line: string) => / run |fairway up$/.test(line);
const services = all.filter(isService);
const [explaining, ...steps] = all.filter((line) => !isService(line)).reverse();

let folder: string;
const running: ChildProcess[] = [];

function start(line: string): void {
  running.push(spawn('bash', ['-c', `exec env ${line}`], { cwd: folder, stdio: 'ignore' }));
}

async function run(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', line], { cwd: folder });
  return stdout.trim();
}

interface Listed {
  readonly id: string;
  readonly service: string;
  readonly state: string;
  readonly connected: boolean;
}

async function instances(): Promise<Listed[]> {
  const text = await run(`${ROOT}fairway instances --json`).catch(() => '[]');
  const listed = JSON.parse(text) as Listed[] | { items: Listed[] };
  return Array.isArray(listed) ? listed : listed.items;
}

async function untilReady(count: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while ((await instances()).filter(({ state, connected }) => state === 'ready' && connected).length < count) {
    if (Date.now() > deadline) throw new Error(`fewer than ${count} instances after ${DEADLINE_MS} ms`);
  }
}

describe('the five minutes of the README', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairway-readme-'));
    const [up, ...rest] = services;
    start(up as string);
    const deadline = Date.now() + DEADLINE_MS;
    while (
      !(await run(`${ROOT}fairway instances`).then(
        () => true,
        () => false,
      ))
    ) {
      if (Date.now() > deadline) throw new Error(`${up} did not answer within ${DEADLINE_MS} ms`);
    }
    rest.forEach(start);
    await untilReady(rest.length);
  }, 2 * DEADLINE_MS);

  afterAll(async () => {
    for (const child of running.reverse()) {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts a control plane, two greeters and the caller', () => expect(services).toHaveLength(4));

  it.each(steps.reverse())('%s', async (line) => {
    const [command = '', promised] = line.split(/\s+# /);
    const answer = await run(command);
    if (promised?.startsWith('hello')) expect(answer).toBe(promised);
  });

  it('turns governance off and on again, live', async () => {
    const answered = async (isRight: (answer: string) => boolean) => {
      const deadline = Date.now() + DEADLINE_MS;
      while (!isRight(await run('curl -s http://127.0.0.1:3000/'))) {
        if (Date.now() > deadline) throw new Error(`not so within ${DEADLINE_MS} ms`);
      }
    };
    await run(`${ROOT}fairway namespace off default`);
    await answered((answer) => answer.includes('ENOTFOUND') || answer.includes('EAI_AGAIN'));
    await run(`${ROOT}fairway namespace on default`);
    await answered((answer) => answer === 'hello from v1');
  });

  it('explains', async () => {
    const web = (await instances()).find(({ service }) => service.endsWith('/web'));
    expect(await run((explaining as string).replace('WEB_INSTANCE', web?.id ?? ''))).toContain('Lane: base');
  });
});
