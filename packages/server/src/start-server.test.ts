import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from './start-server.ts';
import { aLane, serve, Testbed, temporaryFolder } from './testbed.ts';

/** A server in a process of its own. */
async function serveApart(dataDir: string): Promise<{ child: ChildProcess; bed: Testbed }> {
  const program = `
    import { startServer } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const server = await startServer({ port: 0, dataDir: process.argv[1], log: { level: 'off' } });
    console.log(JSON.stringify(server));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const server = JSON.parse(line);
  return { child, bed: new Testbed(server, server.bootstrapToken, dataDir) };
}

describe('a server', () => {
  it('makes an admin token at its first start, for the owner of its folder only', async () => {
    const bed = await serve();
    const file = join(bed.dataDir, 'admin-token');
    expect(bed.server.adminTokenFile).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe(`${bed.server.bootstrapToken}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await bed.close();
    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    expect(again.server.bootstrapToken).toBeUndefined();
    expect((await again.call('GET', '/api/v1/tokens')).status).toBe(200);
  });

  it('says that its store is in use, and by which process', async () => {
    const dataDir = temporaryFolder();
    const { child } = await serveApart(dataDir);
    await expect(startServer({ port: 0, dataDir })).rejects.toMatchObject({
      code: 'FAIRWAY_STORE_LOCKED',
      message: `${join(dataDir, 'fairway.db')} is in use by another server (process ${child.pid})`,
    });
  });

  it('says that its port is taken, and gives its store back', async () => {
    const bed = await serve();
    const dataDir = temporaryFolder();
    const port = Number(new URL(bed.url).port);
    await expect(startServer({ port, dataDir, log: { level: 'off' } })).rejects.toMatchObject({
      code: 'FAIRWAY_ENVIRONMENT',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    const server = await startServer({ port: 0, dataDir, log: { level: 'off' } });
    await server.close();
  });

  it('ends its streams and waits when it closes, and closes twice as once', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const events = await fetch(`${bed.url}/api/v1/events`, { headers: { authorization: `Bearer ${bed.admin}` } });
    const waiting = bed.call('GET', '/api/v1/propagation?revision=0');
    await bed.until(
      () => bed.call('GET', '/api/v1/propagation?revision=0&timeoutMs=0'),
      ({ body }) => body.pending.length === 1,
    );
    const texts = events.text();
    await bed.close();
    expect(await texts).toContain(': open');
    expect((await waiting).body).toMatchObject({ agents: 1, acknowledged: 0 });
    await agent.ended;
    await bed.server.close();
  });
});

describe('a server that is killed', () => {
  it('has everything that it acknowledged, and nothing half done', async () => {
    const dataDir = temporaryFolder();
    const { child, bed } = await serveApart(dataDir);
    const exited = once(child, 'exit');
    let acknowledged = 0;
    const applying = (async () => {
      for (let number = 1; ; number++) {
        await bed.apply(aLane('gray', { strict: number % 2 === 0 }), aLane(`lane-${number}`), aLane(`twin-${number}`));
        acknowledged = number;
        if (number === 25) child.kill('SIGKILL');
      }
    })();
    await expect(applying).rejects.toThrow();
    await exited;
    const again = await serve({ dataDir }, bed.admin);
    const { items } = (await again.call('GET', '/api/v1/resources')).body;
    const names = (prefix: string) =>
      items
        .map(({ key }: { key: string }) => key)
        .filter((key: string) => key.includes(prefix))
        .map((key: string) => Number(key.slice(key.lastIndexOf('-') + 1)))
        .sort((a: number, b: number) => a - b);
    const lanes = names('/lane-');
    expect(lanes.length).toBeGreaterThanOrEqual(acknowledged);
    expect(lanes.length).toBeLessThanOrEqual(acknowledged + 1);
    expect(names('/twin-')).toEqual(lanes);
    const { revision } = (await again.apply(aLane('after'))).body;
    expect(revision).toBe(lanes.length + 1);
  });
});

/** A small file system of its own; null where this is not allowed. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

const annotations = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`note-${n}`, 'x'.repeat(4_000)]));
const large = (name: string) => ({ ...aLane(name), metadata: { name, namespace: 'shop', annotations } });

/** Applies large resources until that fails. Gives the answer, and how many went well. */
async function fill(bed: Testbed) {
  for (let number = 0; ; number++) {
    const answer = await bed.apply(large(`large-${number}`), aLane(`small-${number}`));
    if (answer.status !== 200) return { answer, number };
  }
}

describe('a server whose store is full', () => {
  it('refuses changes with the reason, keeps nothing of them, and serves everything else', async () => {
    const bed = await serve({ maxStoreBytes: 1024 * 1024 });
    const agent = await bed.streamingAgent('order-1');
    const { answer, number } = await fill(bed);
    expect(answer).toMatchObject({ status: 503, body: { code: 'FAIRWAY_STORE_UNAVAILABLE' } });
    expect(answer.body.detail).toMatch(/fairway\.db.*full/);
    const { items } = (await bed.call('GET', '/api/v1/resources')).body;
    expect(items).toHaveLength(2 * number);
    await agent.subscribe('order:8080');
    await agent.next(({ addresses }) => 'order:8080' in addresses);
    const told = agent.updates.flatMap(({ resources }) => resources.set.map(({ metadata }) => metadata.name));
    expect(told).not.toContain(`small-${number}`);
  });

  it('takes changes again when there is room, without a restart', async (context) => {
    const disk = smallDisk();
    if (disk === null) return context.skip('mounting a small file system is not allowed here');
    const ballast = join(disk, 'ballast');
    const bed = await serve({ dataDir: join(disk, 'data') });
    writeFileSync(ballast, Buffer.alloc(400 * 1024));
    const { answer, number } = await fill(bed);
    expect(answer).toMatchObject({ status: 503, body: { code: 'FAIRWAY_STORE_UNAVAILABLE' } });
    unlinkSync(ballast);
    expect((await bed.apply(aLane('after'))).body.revision).toBe(number + 1);
  });
});

describe('events', () => {
  it('tell of each change of resources and instances', async () => {
    const bed = await serve();
    const response = await fetch(`${bed.url}/api/v1/events`, { headers: { authorization: `Bearer ${bed.admin}` } });
    await bed.apply(aLane('gray'));
    await bed.agent('order-1');
    let text = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('order-1')) break;
    }
    expect(text.split('\n\n').slice(1, 3)).toEqual([
      'event: change\ndata: {"revision":1,"type":"resource","key":"shop/Lane/gray"}',
      'event: change\ndata: {"revision":1,"type":"instance","key":"order-1"}',
    ]);
  });
});
