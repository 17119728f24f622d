import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@fairway/client';
import { PostgresCluster, postgresPrograms } from '@fairway/server/postgres-cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, cleanEnvironment, lineOf, makeBed, runFairway } from './testing/bed.ts';

const LANE = 'apiVersion: fairway.dev/v1\nkind: Lane\nmetadata: { name: gray, namespace: shop }\nspec: {}\n';
const programs = postgresPrograms();

describe('what the control plane stores', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await makeBed();
    const done = await bed.fairway(['apply', '-f', await bed.file('lane.yaml', LANE)]);
    expect(done.status).toBe(0);
  });
  afterAll(() => bed?.close());

  it('is backed up while it runs, and restored into a store that is new', async () => {
    expect((await bed.fairway(['replicas'])).out).toMatch(/^this control plane is one process alone/);
    const file = join(bed.dir, 'fairway.backup');
    const { out, status } = await bed.fairway(['backup', file, '--json']);
    expect(status).toBe(0);
    const { size, mode } = await stat(file);
    expect(JSON.parse(out)).toEqual({ file, bytes: size });
    expect(mode & 0o777).toBe(0o600);

    const restored = await bed.fairway(['restore', file, '--data-dir', join(bed.dir, 'other')]);
    expect(restored).toMatchObject({ status: 0, err: '' });
    expect(restored.out).toMatch(/other\/fairway\.db: \d+ rows restored/);
    const up = bed.start(['up', '--port', '0', '--data-dir', join(bed.dir, 'other'), '--json']);
    const [line] = await lineOf(up, /\{.*\}/);
    const client = createClient({ server: JSON.parse(line).url, token: bed.token });
    expect(await client.list()).toMatchObject([{ key: 'shop/Lane/gray' }]);
    expect((await bed.fairway(['restore', file, '--data-dir', join(bed.dir, 'other')])).status).toBe(6);

    const wrong = await bed.fairway(['restore', join(bed.dir, 'lane.yaml'), '--data-dir', join(bed.dir, 'third')]);
    expect(wrong.status).toBe(2);
    expect(wrong.err).toContain('line 1: found apiVersion: fairway.dev/v1, expected a line of a backup');
    expect(await bed.fairway(['restore', join(bed.dir, 'nowhere')])).toMatchObject({ status: 2 });
    expect(await bed.fairway(['backup', join(bed.dir, 'no', 'folder')])).toMatchObject({ status: 2 });
  });

  it.skipIf(programs === null)('is shared by replicas, each of which says what it is', async () => {
    const cluster = new PostgresCluster(programs as string);
    try {
      await cluster.start();
      const env = { DATABASE_URL: cluster.createDatabase() };
      const started = async (name: string) => {
        const child = bed.start(['up', '--port', '0', '--data-dir', join(bed.dir, name)], env);
        const [, url] = await lineOf(child, /address +(\S+)[\s\S]*admin token +\S/);
        return { child, url: String(url), dataDir: join(bed.dir, name) };
      };
      const first = await started('one');
      const second = bed.start(['up', '--port', '0', '--data-dir', join(bed.dir, 'two')], env);
      const [said, leader] = await lineOf(second, /replica +follows (\S+), and leads when that ends\n.*/);
      expect(leader).toBe(first.url);
      expect(said).toContain('admin token  kept where the first replica was started');
      const { out } = await runFairway(bed.dir, ['replicas', '--data-dir', first.dataDir], cleanEnvironment());
      expect(out).toMatch(/^ADDRESS +ROLE +HEARD OF +PROCESS$/m);
      expect(out).toMatch(new RegExp(`^${first.url} +leads +0\\.\\d s ago +fairway ${first.child.pid}@`, 'm'));
      expect(out).toMatch(
        new RegExp(`^http://127\\.0\\.0\\.1:\\d+ +follows +0\\.\\d s ago +fairway ${second.pid}@`, 'm'),
      );
      const wrong = await bed.fairway(['up', '--database-url', env.DATABASE_URL, '--advertise', 'here:7400']);
      expect(wrong).toMatchObject({ status: 2 });
      expect(wrong.err).toContain('--advertise: found "here:7400", expected http://HOST:PORT');
    } finally {
      await bed.close();
      await cluster.remove();
    }
  });
});
