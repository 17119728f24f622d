import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ensureAgentBundle } from '@fairway/agent';
import { check, type DiagnosisKind, type DiagnosisReport } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';

describe.each(NODE_VERSIONS)('a process on Node.js $version', ({ node }) => {
  let plane: FakeControlPlane;
  let app: Application;

  beforeAll(async () => {
    await ensureAgentBundle();
    plane = await startFakeControlPlane('shop', () => null);
    app = await start('web-1');
  });
  afterAll(async () => {
    await app?.stop();
    await plane?.close();
  });

  async function start(instance: string, more: Record<string, string> = {}): Promise<Application> {
    const started = await startApplication(
      node,
      'busy.cjs',
      agentEnvironment(plane, { FAIRWAY_INSTANCE: instance, ...more }),
    );
    await plane.acknowledgedBy(instance);
    return started;
  }

  function reportOf(id: string): DiagnosisReport | undefined {
    const post = plane.posts.find(({ path, body }) => path === 'diagnoses' && body['id'] === id);
    return post?.body as DiagnosisReport | undefined;
  }

  /** Asks, does something meanwhile, and gives what was told. */
  async function diagnosed(
    kind: DiagnosisKind,
    meanwhile?: () => unknown,
    instance = 'web-1',
  ): Promise<DiagnosisReport> {
    const id = randomUUID();
    plane.diagnose(instance, { id, kind, seconds: 1 });
    await meanwhile?.();
    await plane.until(`${kind} is told`, () => reportOf(id) !== undefined);
    const report = reportOf(id) as DiagnosisReport;
    expect(check('DiagnosisReport', report)).toEqual([]);
    return report;
  }

  /** Asks once it has surely begun: it looks at how busy the process is before. */
  function later(path: string): () => Promise<void> {
    return async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await app.ask(path);
    };
  }

  it('tells where its time goes', async () => {
    const { findings, refused } = await diagnosed('profile', later('/spin'));
    expect(refused).toBeUndefined();
    const { nodes = [], samples = [], timeDeltas = [] } = findings?.profile ?? {};
    expect(samples).toHaveLength(timeDeltas.length);
    // What it calls is written in another language, and counts as its child or as itself.
    const spinning = nodes.filter(({ callFrame }) => callFrame.functionName === 'spinHere');
    const within = new Set(spinning.flatMap(({ id, children = [] }) => [id, ...children]));
    for (const { id, children = [] } of nodes) if (within.has(id)) for (const child of children) within.add(child);
    expect(samples.filter((id) => within.has(id)).length).toBeGreaterThan(10);
  });

  it('tells when its event loop stood still, and what ran', async () => {
    const { findings } = await diagnosed('stalls', later('/spin'));
    const { count = 0, longest = [] } = findings?.stalls ?? {};
    expect(count).toBeGreaterThan(0);
    const longestOne = [...longest].sort((a, b) => b.tookMs - a.tookMs)[0];
    expect(longestOne?.tookMs).toBeGreaterThan(100);
    const names = longestOne?.stacks[0]?.frames.map(({ name }) => name) ?? [];
    expect(names).toContain('spinHere');
    const frame = longestOne?.stacks[0]?.frames.find(({ name }) => name === 'spinHere');
    expect(frame?.file).toMatch(/busy\.cjs$/);
  });

  it('sums up its memory, and who allocates', async () => {
    const { findings } = await diagnosed('heap', later('/keep'));
    const { rssBytes = 0, heapUsedBytes = 0, spaces = [], allocations = [] } = findings?.heap ?? {};
    expect(rssBytes).toBeGreaterThan(heapUsedBytes);
    expect(spaces.map(({ name }) => name)).toContain('old_space');
    expect(allocations.some(({ frames }) => frames.some(({ name }) => name === 'keepBytes'))).toBe(true);
  });

  it('tells what it holds open, what its agent goes by, and what that says', async () => {
    const caller = connect(app.port, '127.0.0.1');
    caller.write('GET /rest HTTP/1.1\r\nhost: app\r\n\r\n');
    await once(caller, 'data');
    const { findings: open } = await diagnosed('handles');
    expect(open?.handles?.listening).toContain(`127.0.0.1:${app.port}`);
    expect(open?.handles?.connections).toContainEqual({ peer: `127.0.0.1:${caller.localPort}`, count: 1 });
    caller.destroy();
    const told = await diagnosed('configuration');
    expect(told.findings?.configuration).toMatchObject({ options: { instance: 'web-1', namespace: 'shop' } });
    expect(JSON.stringify(told)).not.toContain(plane.token);
    const { findings: said } = await diagnosed('log', () => plane.setResources([]));
    expect(said?.log?.lines.join('\n')).toMatch(/^debug: revision \d+ applied/m);
    expect(app.stderr()).toBe('');
  });

  it('refuses what would cost it something while it is overloaded, and what was switched off', async () => {
    await app.ask('/hog');
    for (const kind of ['profile', 'stalls', 'heap'] as const) {
      expect((await diagnosed(kind)).refused).toMatch(/^the process is overloaded: its event loop is \d+ % busy$/);
    }
    expect((await diagnosed('handles')).findings?.handles).toBeDefined();
    await app.ask('/rest');
    const off = await start('web-2', { FAIRWAY_DISABLE: 'diagnose' });
    expect((await diagnosed('handles', undefined, 'web-2')).refused).toContain('FAIRWAY_DISABLE');
    await off.stop();
  });

  it('does one at a time, and ignores what is no question', async () => {
    plane.write('event: diagnose\ndata: {"id":"x","kind":"reboot","seconds":1}\n\n');
    plane.write('event: diagnose\ndata: {"kind":"heap"}\n\n');
    const [first, second] = [randomUUID(), randomUUID()];
    plane.diagnose('web-1', { id: first, kind: 'log', seconds: 1 });
    plane.diagnose('web-1', { id: second, kind: 'handles', seconds: 1 });
    await plane.until('both are told', () => [first, second].every(reportOf));
    expect(reportOf(first)?.findings?.log).toBeDefined();
    expect(reportOf(second)?.refused).toBe('another diagnosis of this process is under way');
    expect(reportOf('x')).toBeUndefined();
  });
});
