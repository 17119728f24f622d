// The pipelines of deploy/ci, and a plain shell script: their commands are run in order, against real services.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';
import { type ControlPlane, FAIRWAY, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePipeline } from './pipeline/jenkinsfile.ts';

const CI = fileURLToPath(new URL('../deploy/ci/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./traffic/program.cjs', import.meta.url));

let dir: string;
let controlPlane: ControlPlane;
let client: Client;
let token: string;
let deployer: Server;
const running = new Map<string, Child>();

async function start(name: string, lane: string, version: string): Promise<void> {
  const child = await startChild({
    name,
    command: process.execPath,
    args: [PROGRAM],
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      NODE_OPTIONS: `--require ${await ensureAgentBundle()}`,
      FAIRWAY_SERVER: controlPlane.server,
      FAIRWAY_TOKEN: token,
      FAIRWAY_NAMESPACE: 'shop',
      FAIRWAY_SERVICE: 'order',
      FAIRWAY_LANE: lane,
      FAIRWAY_INSTANCE: name,
      FAIRWAY_LABELS: `version=${version}`,
      FAIRWAY_STATE_DIR: join(dir, 'state'),
    },
    readyLine: /listening (\d+)/,
  });
  running.set(name, child);
  while (!(await client.instances()).some(({ id, state }) => id === name && state === 'ready')) await delay(50);
}

async function stop(isWanted: (name: string) => boolean): Promise<void> {
  const names = [...running.keys()].filter(isWanted);
  await Promise.all(names.map((name) => running.get(name)?.stop('SIGTERM', 45_000)));
  for (const name of names) running.delete(name);
}

/** What a deployment does. */
async function deploy(what: string, version: string): Promise<void> {
  if (what === 'canary') await start(`canary-${version}`, 'gray', version);
  if (what === 'base') {
    await start(`base-${version}`, '', version);
    await stop((name) => name.startsWith('base-') && name !== `base-${version}`);
  }
  if (what === 'clean') await stop((name) => name.startsWith('canary-'));
}

const versions = { next: 1 };

/** Runs a script as CI does: its exit status and what it wrote. */
function shell(script: string, env: Readonly<Record<string, string>>): Promise<{ status: number; out: string }> {
  const all = {
    PATH: `${dirname(FAIRWAY)}:${dirname(process.execPath)}:/usr/bin:/bin`,
    FAIRWAY_SERVER: controlPlane.server,
    FAIRWAY_TOKEN: controlPlane.token,
    FAIRWAY_NAMESPACE: 'shop',
    ...env,
  };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-e', '-c', script], { env: all, cwd: dir }, (error, out, err) => {
      resolve({ status: error ? Number(error.code) : 0, out: out + err });
    });
  });
}

async function runAll(scripts: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  for (const script of scripts) {
    const { status, out } = await shell(script, env);
    expect([script, status, out]).toEqual([script, 0, out]);
  }
}

async function expectPromoted(name: string): Promise<void> {
  const { state } = await client.release({ namespace: 'shop', name });
  expect(state.phase).toBe('promoted');
  expect(await readFile(join(dir, 'release.html'), 'utf8')).toContain(`Release ${name} was promoted`);
  expect([...running.keys()]).toEqual([`base-${versions.next}`]);
}

describe('a release by CI', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fairway-pipeline-'));
    controlPlane = await startControlPlane(join(dir, 'data'), await freePort());
    client = createClient(controlPlane);
    token = (await client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' })).token;
    const spec = {
      lane: 'gray',
      services: ['order'],
      entry: { services: ['order'] },
      steps: [{ percent: 10 }, { pause: { approval: true } }, { percent: 50 }],
    };
    const release = { apiVersion: 'fairway.dev/v1', kind: 'Release', metadata: { name: 'prices' }, spec };
    await writeFile(join(dir, 'release.yaml'), JSON.stringify(release));
    deployer = createServer((req, res) => {
      deploy(req.url?.slice(1) ?? '', String(versions.next)).then(
        () => res.end(),
        (error: Error) => res.writeHead(500).end(error.message),
      );
    });
    await new Promise<void>((resolve) => deployer.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(deployer.address() as AddressInfo).port}`;
    const script = `fetch(${JSON.stringify(url)} + '/' + process.argv[2]).then((r) => r.ok || process.exit(1))`;
    await writeFile(join(dir, 'deploy.cjs'), script);
    await writeFile(join(dir, 'deploy.sh'), '#!/bin/sh\nexec node deploy.cjs "$1"\n', { mode: 0o755 });
    await start('base-1', '', '1');
  }, 60_000);

  afterAll(async () => {
    await stop(() => true);
    deployer?.close();
    await controlPlane?.stop();
    if (dir) await rm(dir, { recursive: true, force: true });
  }, 60_000);

  it('goes through the stages of the Jenkinsfile', async () => {
    versions.next++;
    const pipeline = parsePipeline(await readFile(`${CI}Jenkinsfile`, 'utf8'));
    expect(pipeline.stages.map(({ name }) => name)).toEqual([
      'Check',
      'Deploy the canary',
      'Start',
      'Observe',
      'Approve',
      'To the last step',
      'Replace base',
      'Promoted',
      'Take the canary away',
    ]);
    expect(pipeline.stages.filter(({ asks }) => asks).map(({ name }) => name)).toEqual(['Approve']);
    const env = {
      RELEASE: 'prices-jenkins',
      RELEASE_FILE: 'release.yaml',
      DEPLOY: './deploy.sh',
      BUILD_URL: 'build/7',
    };
    await runAll(
      pipeline.stages.flatMap(({ steps }) => steps),
      env,
    );
    await runAll(pipeline.always, env);
    await expectPromoted('prices-jenkins');
    const { state } = await client.release({ namespace: 'shop', name: 'prices-jenkins' });
    expect(state.history.find(({ what }) => what === 'approved')?.text).toBe('build/7');
  }, 120_000);

  it('is rolled back by what the Jenkinsfile does where it fails', async () => {
    versions.next++;
    const { stages, unsuccessful, always } = parsePipeline(await readFile(`${CI}Jenkinsfile`, 'utf8'));
    const env = { RELEASE: 'prices-bad', RELEASE_FILE: 'release.yaml', DEPLOY: './deploy.sh', BUILD_URL: 'build/8' };
    const until = stages.findIndex(({ name }) => name === 'Approve');
    await runAll(
      stages.slice(0, until).flatMap(({ steps }) => steps),
      env,
    );
    await runAll([...unsuccessful, 'fairway release wait "$RELEASE" && exit 1 || [ $? = 1 ]', ...always], env);
    const { state } = await client.release({ namespace: 'shop', name: 'prices-bad' });
    expect(state).toMatchObject({ phase: 'rolledBack', cause: 'aborted' });
    expect((await client.get({ namespace: 'shop', kind: 'Lane', name: 'gray' })).resource.spec).toEqual({
      enabled: false,
    });
    await deploy('clean', '');
  }, 120_000);

  it('goes through the jobs of GitLab, and through those of GitHub', async () => {
    interface Job {
      readonly script?: readonly string[];
      readonly stage?: string;
      readonly steps?: readonly { readonly run?: string; readonly if?: string }[];
    }
    const read = async (file: string) => parse(await readFile(`${CI}${file}`, 'utf8'));
    const gitlab: Readonly<Record<string, Job>> = await read('gitlab-ci.yml');
    versions.next++;
    const jobs = ['canary', 'observe', 'promote', 'report'];
    for (const name of jobs) expect(gitlab['stages']).toContain(gitlab[name]?.stage);
    await runAll(
      jobs.flatMap((name) => gitlab[name]?.script ?? []),
      { RELEASE: 'prices-gitlab', CI_PIPELINE_URL: 'pipeline/9' },
    );
    await expectPromoted('prices-gitlab');

    const github: { readonly jobs: Readonly<Record<string, Job>> } = await read('github-actions.yml');
    versions.next++;
    const steps = Object.values(github.jobs).flatMap((job) => job.steps ?? []);
    const runs = steps.filter((step) => step.run && !step.if).map(({ run }) => run as string);
    const env = { RELEASE: 'prices-github', WHY: 'run/10', GITHUB_STEP_SUMMARY: join(dir, 'summary.md') };
    await runAll([...runs, 'fairway release report "$RELEASE" --out release.html'], env);
    await expectPromoted('prices-github');
    expect(await readFile(join(dir, 'summary.md'), 'utf8')).toMatch(/^# Release prices-github was promoted$/m);
  }, 240_000);

  it('tells a plain script by exit statuses how it stands', async () => {
    versions.next++;
    await deploy('canary', String(versions.next));
    const env = { RELEASE: 'prices-script' };
    const status = async (script: string) => (await shell(script, env)).status;
    expect(await status('fairway release status "$RELEASE"')).toBe(4);
    expect(await status('fairway release start -f nothing.yaml')).toBe(2);
    expect(await status('fairway release start -f release.yaml --name "$RELEASE" --wait --until approval')).toBe(0);
    // Once more is no other; one of its name that is to do something else is refused.
    expect(await status('fairway release start -f release.yaml --name "$RELEASE"')).toBe(0);
    const other = 'sed s/gray/blue/ release.yaml > other.yaml && fairway release start -f other.yaml';
    expect(await status(`${other} --name "$RELEASE"`)).toBe(5);
    expect(await status('fairway release wait "$RELEASE" --timeout 1s')).toBe(9);
    expect(await status('fairway release resume "$RELEASE"')).toBe(5);
    const json = await shell('fairway release status "$RELEASE" --json', env);
    expect(JSON.parse(json.out)).toMatchObject({
      state: { phase: 'running', step: 1 },
      watch: { waitsFor: [{ what: 'approval' }] },
    });
    expect(await status('fairway release jump "$RELEASE" 1')).toBe(0);
    expect((await shell('fairway release list', env)).out).toMatch(/^prices-script +gray +running +[12] of 3 /m);
    expect(await status('fairway release rollback "$RELEASE" --reason "wrong prices"')).toBe(0);
    expect(await status('fairway release wait "$RELEASE"')).toBe(1);
  }, 120_000);
});
