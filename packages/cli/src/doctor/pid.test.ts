import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, rm, truncate, writeFile } from 'node:fs/promises';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Bed, cleanEnvironment, lineOf, makeBed } from '../testing/bed.ts';
import { examinePid } from './examine.ts';
import type { Finding } from './finding.ts';
import { nodeCommand, requiredFiles } from './node-option.ts';
import { examineProcess } from './process.ts';
import { readProcess } from './process-facts.ts';

const KEPT = 'setInterval(() => {}, 1e6);';
const WAITING = `${KEPT} console.log('up')`;
const SERVING = `require('http').createServer((q, s) => s.end()).listen(0, '127.0.0.1', () => console.log('up'))`;

let bed: Bed;
let agent: string;
let token: string;
beforeAll(async () => {
  agent = await ensureAgentBundle();
  bed = await makeBed();
  token = (await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' })).token;
});
afterAll(() => bed.close());

/** What an application under the agent has in its environment. */
const governed = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--require ${agent}`,
  FAIRWAY_SERVER: bed.url,
  FAIRWAY_TOKEN: token,
  FAIRWAY_NAMESPACE: 'shop',
  FAIRWAY_SERVICE: 'order',
  ...more,
});

/** Starts a program that says `up`; its id. Ended with the test. */
async function start(env: NodeJS.ProcessEnv, words = [process.execPath, '-e', WAITING]): Promise<number> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: bed.dir,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await lineOf(child, /up/);
  return child.pid as number;
}

const examined = (pid: number) => examinePid({ server: bed.url, token: bed.token }, pid);
const problems = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => level === 'problem').map(({ what, advice }) => `${what}: ${advice}`);

describe('a process is not governed', () => {
  it.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
    [
      'without NODE_OPTIONS',
      () => governed({ NODE_OPTIONS: undefined }),
      /the agent is not loaded: NODE_OPTIONS is not set.*start it with/,
    ],
    ['with others', () => governed({ NODE_OPTIONS: '--no-warnings' }), /NODE_OPTIONS is "--no-warnings"/],
    [
      'without a control plane',
      () => governed({ FAIRWAY_SERVER: '' }),
      /FAIRWAY_SERVER is not set: set it|FAIRWAY_SERVER is not set: set FAIRWAY_SERVER/,
    ],
    [
      'with one that is none',
      () => governed({ FAIRWAY_SERVER: 'order:80' }),
      /FAIRWAY_SERVER is not an http or https URL/,
    ],
    ['switched off', () => governed({ FAIRWAY_DISABLE: 'all' }), /FAIRWAY_DISABLE is all: unset FAIRWAY_DISABLE/],
    [
      'with a lane that is none',
      () => governed({ FAIRWAY_LANE: 'No Label' }),
      /FAIRWAY_LANE is not a label.*correct it/,
    ],
    ['without a token', () => governed({ FAIRWAY_TOKEN: '' }), /it has no token: set FAIRWAY_TOKEN/],
    ['with one that is refused', () => governed({ FAIRWAY_TOKEN: 'fwy_agent_wrong' }), /refuses its token/],
    ['with one of another role', () => governed({ FAIRWAY_TOKEN: bed.token }), /another role/],
    [
      'without the file of its token',
      () => governed({ FAIRWAY_TOKEN: '', FAIRWAY_TOKEN_FILE: 'none' }),
      /FAIRWAY_TOKEN_FILE cannot be read/,
    ],
    [
      'away from its control plane',
      () => governed({ FAIRWAY_SERVER: 'http://127.0.0.1:9' }),
      /http:\/\/127\.0\.0\.1:9 is not reached from here/,
    ],
    ['before it listens or calls', () => governed(), /does not know the process: an agent registers when/],
  ])('%s', async (_how, env, said) => {
    const found = problems(await examined(await start(env())));
    expect(found).toContainEqual(expect.stringMatching(said));
    for (const one of found) expect(one).not.toContain(token);
  });

  it('that is a package manager, whose children may be', async () => {
    await bed.file('child.js', WAITING);
    const script = await bed.file('npm-cli.js', `require('node:child_process').fork('child.js'); ${KEPT}`);
    const pid = await start(governed(), [process.execPath, script]);
    const facts = await readProcess(pid);
    const children = typeof facts === 'object' ? facts.children : [];
    onTestFinished(() => {
      for (const child of children) process.kill(child, 'SIGKILL');
    });
    expect(problems(await examined(pid))).toEqual([
      expect.stringMatching(
        new RegExp(`npm-cli\\.js" is a package manager.*: its children are ${children.join(', ')}$`),
      ),
    ]);
    expect(children).toHaveLength(1);
  });

  it('that is no Node.js', async () => {
    const pid = await start({}, ['/bin/sh', '-c', 'echo up; exec sleep 600']);
    expect(problems(await examined(pid))).toEqual([expect.stringMatching(/runs ".*", which is not Node\.js/)]);
  });

  it('that is not there', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    expect(problems(await examined(child.pid as number))).toEqual([expect.stringContaining('there is no process')]);
  });

  it('whose file of the agent is torn, another, or gone since', async () => {
    const file = `${bed.dir}/fairway-agent.cjs`;
    await copyFile(agent, file);
    const pid = await start(governed({ NODE_OPTIONS: `--require "${file}"` }));
    const told = async () => (await examined(pid)).map(({ level, what }) => `${level}: ${what}`);
    expect(await told()).toContainEqual(expect.stringMatching(/^fine: .*the same as this command has/));
    await writeFile(file, '// Symbol.for("fairway.agent")');
    expect(await told()).toContainEqual(expect.stringMatching(/^note: .*not the one of this command/));
    await copyFile(agent, file);
    await truncate(file, 5_000);
    expect(await told()).toContainEqual(expect.stringMatching(/^problem: .*is torn/));
    await rm(file);
    expect(await told()).toContainEqual(expect.stringMatching(/^problem: .*is not there/));
  });
});

it('a process of another control plane is said to be that', async () => {
  const pid = await start(governed({ FAIRWAY_SERVER: bed.url.replace('127.0.0.1', 'localhost') }));
  const whats = (await examined(pid)).map(({ what }) => what);
  expect(whats).toContainEqual(expect.stringMatching(/^its control plane is http:\/\/localhost:\d+, and http:\/\/127/));
});

describe('a process that is governed', () => {
  it('is told of by its instance, what it did, and what is off', async () => {
    const pid = await start(governed({ FAIRWAY_INSTANCE: 'order-1', FAIRWAY_DISABLE: 'undici' }), [
      process.execPath,
      '-e',
      SERVING,
    ]);
    const reports = async () => (await bed.client.agents({ service: 'order' })).map(({ report }) => report !== null);
    await expect.poll(reports, { timeout: 20_000 }).toEqual([true]);
    const all = await examined(pid);
    expect(problems(all)).toEqual([]);
    const told = all.map(({ level, what }) => `${level}: ${what}`);
    for (const said of [
      /^fine: its control plane .* answers and takes its token$/,
      /^note: FAIRWAY_DISABLE keeps points off: "undici"$/,
      /^fine: it is instance order-1 of shop\/order, lane base, ready, agent 0\.1\.0$/,
      /^note: point undici is off by FAIRWAY_DISABLE, at order-1$/,
      /^fine: by its report of 20\S+ it governed 0 calls and requests$/,
    ])
      expect(told).toContainEqual(expect.stringMatching(said));

    const rows = (await bed.fairway(['agents', '-n', 'shop'])).out;
    expect(rows).toMatch(
      /^order-1 +shop\/order +0\.1\.0 +node v\d+\S+ +\d+ +governing +\d+ on, undici off +0 +0 +0 +0 +0 /m,
    );
    const off = await bed.fairway(['instance', 'off', 'order-1', '--wait']);
    expect(off).toMatchObject({ status: 0, out: expect.stringMatching(/1 of 1 agents acknowledged in \d+ ms/) });
    const why = await bed.fairway(['doctor', '--pid', `${pid}`]);
    expect(why).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^BAD {2}its instance is off.*\n +turn it on: fairway instance on order-1$/m),
    });
    expect((await bed.fairway(['explain', '--at', 'order-1', '-n', 'shop'])).out).toContain(
      'instance order-1 is switched off',
    );
    await bed.client.setInstance('order-1', true);
    await bed.client.setService({ namespace: 'shop', name: 'order' }, false);
    expect(problems(await examined(pid))).toEqual([
      expect.stringMatching(/its service is off.*fairway service on shop\/order/),
    ]);
    await bed.client.setService({ namespace: 'shop', name: 'order' }, true);
  });
});

describe('what cannot be read', () => {
  const unknown = { pid: 7, folder: undefined, children: [8, 9], pids: [7], hostnames: ['here'], root: '' };

  it('of a program that is no Node.js does not matter', async () => {
    const facts = { ...unknown, program: '/sbin/init', command: [], environment: undefined };
    const { findings } = await examineProcess(facts);
    expect(problems(findings)).toEqual([expect.stringMatching(/which is not Node.js.*children are 8, 9$/)]);
  });

  it('of another user is said', async () => {
    const facts = { ...unknown, program: undefined, command: ['node', 'app.js'], environment: undefined };
    const { findings, options } = await examineProcess(facts);
    expect(options).toBeUndefined();
    expect(findings).toMatchObject([
      { level: 'fine' },
      { level: 'note', what: expect.stringContaining("another user's") },
    ]);
  });
});

it.each([
  [
    'as pm2 packed them',
    JSON.stringify({ FAIRWAY_SERVER: 'http://127.0.0.1:9', status: 1 }),
    'fine: its options are in',
  ],
  ['without what is no JSON', 'rubbish', 'problem: the agent sleeps: FAIRWAY_SERVER is not set'],
])('options are read %s', async (_how, packed, said) => {
  const environment = { NODE_OPTIONS: `--require ${agent}`, pm2_env: packed };
  const facts = {
    pid: 7,
    program: '/bin/node',
    command: ['node /srv/app.js'],
    environment,
    folder: '/',
    children: [],
    pids: [7],
  };
  const { findings } = await examineProcess({ ...facts, hostnames: [], root: '' });
  expect(findings.map(({ level, what }) => `${level}: ${what}`)).toContainEqual(expect.stringContaining(said));
});

describe('a command line', () => {
  it.each<[string, string[], string | undefined]>([
    ['node app.js -r no.cjs', [], 'app.js'],
    ['node -r a.cjs --require b.cjs --require=c.cjs app.js', ['a.cjs', 'b.cjs', 'c.cjs'], 'app.js'],
    ['node --import x.mjs -C dev --title t app.js', [], 'app.js'],
    ['node --inspect=0 -e code rest', [], undefined],
    ['node', [], undefined],
  ])('%s', (line, required, script) => {
    expect(nodeCommand(line.split(' '))).toEqual({ required, script });
  });

  it('NODE_OPTIONS with quotes', () => {
    expect(requiredFiles('--no-warnings -r "/a b/\\"c.cjs" --require /d.cjs')).toEqual(['/a b/"c.cjs', '/d.cjs']);
  });
});

it.each<[string[], number, RegExp]>([
  [['--pid', 'x'], 2, /--pid/],
  [['--pid', '1', '--url', 'http://a'], 2, /one of them/],
  [['--url', 'order:80'], 2, /--url: found "order:80", expected a URL/],
  [['--at', 'x'], 2, /--at without --url/],
])('doctor %j is refused', async (words, status, said) => {
  expect(await bed.fairway(['doctor', ...words])).toMatchObject({ status, err: expect.stringMatching(said) });
});
