import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeOptions } from './command/run.ts';
import { type Bed, cleanEnvironment, lineOf, makeBed, runFairway } from './testing/bed.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('up', () => {
  it('tells where it is, is found by commands beside it, and ends well', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fairway up '));
    const child = spawn(process.execPath, [MAIN, 'up', '--port', '0'], { cwd: dir, env: cleanEnvironment() });
    try {
      const [, url, token] = await lineOf(child, /address +(\S+)[\s\S]*admin token +(fwy_admin_\S+)/);
      const beside = await runFairway(dir, ['namespace', 'list', '--json'], cleanEnvironment());
      expect(beside).toMatchObject({ status: 0, out: expect.stringContaining('items') });
      const elsewhere = await runFairway(tmpdir(), ['namespace', 'list', '--server', String(url)], cleanEnvironment());
      expect(elsewhere.status).toBe(3);
      const named = await runFairway(
        tmpdir(),
        ['namespace', 'list', '--server', String(url)],
        cleanEnvironment({ FAIRWAY_TOKEN: token }),
      );
      expect(named.status).toBe(0);
      const second = await runFairway(dir, ['up', '--port', '0'], cleanEnvironment());
      expect(second).toMatchObject({ status: 6, err: expect.stringMatching(/another/) });
    } finally {
      child.kill('SIGTERM');
      const [status] = await once(child, 'exit');
      expect(status).toBe(0);
      await rm(dir, { recursive: true });
    }
  });
});

describe('NODE_OPTIONS', () => {
  it.each([
    ['/a/agent.cjs', undefined, '--require /a/agent.cjs'],
    ['/a/agent.cjs', '--max-old-space-size=512', '--require /a/agent.cjs --max-old-space-size=512'],
    ['/my apps/"x"/agent.cjs', undefined, '--require "/my apps/\\"x\\"/agent.cjs"'],
    ['/a/agent.cjs', '--require /a/agent.cjs', '--require /a/agent.cjs'],
  ])('%s before %s', (agent, before, expected) => {
    expect(nodeOptions(agent, before)).toBe(expected);
  });
});

describe('run', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await makeBed();
  });
  afterAll(() => bed.close());

  it('passes output and exit status on', async () => {
    const done = await bed.fairway([
      'run',
      '--service',
      'job',
      '-n',
      'shop',
      '--',
      process.execPath,
      '-e',
      'console.log(process.env.FAIRWAY_SERVICE); process.exit(42)',
    ]);
    expect(done).toMatchObject({ status: 42, out: 'job\n' });
  });

  it('says which program cannot be started', async () => {
    expect(await bed.fairway(['run', '--', '/no/such/program'])).toMatchObject({
      status: 7,
      err: expect.stringContaining('/no/such/program'),
    });
    expect(await bed.fairway(['run'])).toMatchObject({ status: 2 });
  });

  it('passes signals on, and ends as the application ends', async () => {
    const app = `process.on('SIGTERM', () => { console.log('bye'); process.exit(3); }); setInterval(() => {}, 1e6); console.log('up')`;
    const child = bed.start(['run', '--service', 'patient', '--', process.execPath, '-e', app]);
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      if (String(chunk).includes('up')) child.kill('SIGTERM');
    });
    const [status] = await once(child, 'exit');
    expect({ status, out }).toEqual({ status: 3, out: 'up\nbye\n' });
  });

  it('brings an application into its lane: seen by instances, lanes, doctor, and by apply --wait', async () => {
    const app = `require('http').createServer((q, s) => s.end('hi')).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port) })`;
    bed.start([
      'run',
      '--service',
      'order',
      '--lane',
      'gray',
      '-n',
      'shop',
      '--instance',
      'order-gray-1',
      '--',
      process.execPath,
      '-e',
      app,
    ]);
    // No event tells that a stream was opened.
    const found = () => bed.client.instances({ service: 'order' });
    await expect.poll(found, { timeout: 20_000 }).toMatchObject([{ state: 'ready', connected: true }]);
    expect((await bed.fairway(['instances', '--service', 'order'])).out).toMatch(
      /shop\/order +gray +order-gray-1 .* ready +connected/,
    );

    const before = await bed.fairway(['doctor', '-n', 'shop']);
    expect(before.out).toMatch(/note instances bear labels .*\(gray\): order-gray-1/);
    const gray =
      '{apiVersion: fairway.dev/v1, kind: Lane, metadata: {name: gray}, spec: {entry: [{services: [web], percent: 5}]}}';
    const applied = await bed.fairway(['apply', '-n', 'shop', '--wait', '-f', '-'], gray);
    expect(applied).toMatchObject({ status: 0, out: expect.stringMatching(/1 of 1 agents acknowledged in \d+ ms/) });
    expect((await bed.fairway(['lanes', '-n', 'shop'])).out).toMatch(/shop +gray +enabled +order:1 +web: 5%/);
    const after = await bed.fairway(['doctor', '-n', 'shop']);
    expect(after).toMatchObject({
      status: 0,
      out: expect.stringContaining('1 instances are connected and at revision 1'),
    });

    const why = await bed.fairway(['explain', '--at', 'order-gray-1', '--no-request', '-n', 'shop']);
    expect(why.out).toContain('Lane: gray (dyed)');
  });
});

describe('doctor', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await makeBed();
  });
  afterAll(() => bed.close());

  it('finds rules that never match, strict lanes without instances, and a namespace that is off', async () => {
    const rule = (more: string) => `{services: [web]${more}}`;
    const lane = (name: string, rest: string) =>
      `{apiVersion: fairway.dev/v1, kind: Lane, metadata: {name: ${name}}, spec: {${rest}}}`;
    const header = ', header: {name: x-env, value: dev}';
    const lanes = [
      lane('a', `entry: [${rule(header)}, ${rule(', percent: 5')}]`),
      lane('b', `strict: true, entry: [${rule(header)}, ${rule(', percent: 0')}]`),
    ];
    expect((await bed.fairway(['apply', '-n', 'shop', '-f', '-'], lanes.join('\n---\n'))).err).toBe('');
    await bed.fairway(['namespace', 'off', 'shop']);
    const done = await bed.fairway(['doctor', '--json']);
    expect(done.status).toBe(1);
    const { findings } = JSON.parse(done.out) as { findings: { level: string; what: string; advice?: string }[] };
    const bad = findings.filter(({ level }) => level === 'problem');
    expect(bad.map(({ what }) => what)).toEqual([
      expect.stringContaining('namespace shop is off'),
      expect.stringContaining('lane shop/b has no ready instance: its requests fail'),
      expect.stringContaining('entry rule 1 of lane shop/b is at 0 percent'),
      expect.stringContaining(
        'entry rule 0 of lane b never matches at shop/web: entry rule 0 of lane a is tried first',
      ),
    ]);
    expect(bad.every(({ advice }) => advice)).toBe(true);
  });

  it('says so when the control plane is away or refuses the token', async () => {
    const away = await bed.fairway(['doctor', '--server', 'http://127.0.0.1:9']);
    expect(away).toMatchObject({ status: 1, out: expect.stringContaining('BAD  control plane http://127.0.0.1:9') });
    const refused = await bed.fairway(['doctor', '--token', 'fwy_admin_wrong']);
    expect(refused).toMatchObject({ status: 1, out: expect.stringContaining('give an admin or viewer token') });
  });
});
