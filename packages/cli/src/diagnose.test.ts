import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, lineOf, makeBed } from './testing/bed.ts';

const APP = `
const { createServer } = require('node:http');
const items = Array.from({ length: 20000 }, (_, i) => String(i));
function churnHere() { return items.map((item) => JSON.parse(item)).length; }
function again() { churnHere(); setTimeout(again, 10); }
createServer((_, res) => res.end()).listen(0, '127.0.0.1', () => { again(); console.log('listening'); });
`;

let bed: Bed;
beforeAll(async () => {
  await ensureAgentBundle();
  bed = await makeBed();
  const { token } = await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' });
  const file = await bed.file('app.cjs', APP);
  const env = { FAIRWAY_TOKEN: token, FAIRWAY_INSTANCE: 'order-1', FAIRWAY_STATE_DIR: join(bed.dir, 'state') };
  const app = bed.start(['run', '--service', 'order', '--namespace', 'shop', '--', process.execPath, file], env);
  await lineOf(app, /listening/);
  for await (const event of bed.client.events(AbortSignal.timeout(15_000))) {
    if (event.type === 'lost') continue;
    if ((await bed.client.agents())[0]?.connected) break;
  }
});
afterAll(() => bed?.close());

it('shows where the time of an instance goes, and keeps the profile in a file for its owner alone', async () => {
  const { out, status } = await bed.fairway([
    'diagnose',
    'order-1',
    'profile',
    '--seconds',
    '1',
    '--out',
    'a.cpuprofile',
  ]);
  expect(status).toBe(0);
  expect(out).toMatch(/^BUSY +SELF MS +FUNCTION +WHERE\n(?:.*\n)*[^\n]+ \S+app\.cjs:\d$/m);
  const file = join(bed.dir, 'a.cpuprofile');
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('nodes');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('puts all of it into one file', async () => {
  const { out, err, status } = await bed.fairway([
    'diagnose',
    'order-1',
    'bundle',
    '--seconds',
    '1',
    '--reason',
    'slow',
    '--json',
  ]);
  expect(status).toBe(0);
  expect(err).toContain('heap …');
  const { file, diagnoses } = JSON.parse(out);
  expect(diagnoses.map(({ state }: { state: string }) => state)).toEqual(Array(6).fill('done'));
  const bundle = JSON.parse(await readFile(join(bed.dir, file), 'utf8'));
  expect(bundle).toMatchObject({
    instance: { id: 'order-1' },
    agent: { service: 'shop/order' },
    losses: { items: [{ service: 'shop/order' }] },
  });
  const audited = (await bed.client.audit()).filter(({ action }) => action === 'instance-diagnosed');
  expect(audited[0]).toMatchObject({ target: 'order-1 log 1 s', reason: 'slow' });
});

it('says what is wrong with what was asked', async () => {
  expect(await bed.fairway(['diagnose', 'order-1', 'soul'])).toMatchObject({
    status: 2,
    err: expect.stringMatching(/expected one of profile/),
  });
  expect(await bed.fairway(['diagnose', 'order-9', 'heap'])).toMatchObject({
    err: expect.stringMatching(/order-9 is not registered/),
  });
  expect(await bed.fairway(['diagnose', 'order-1', 'heap', '--seconds', '99'])).toMatchObject({ status: 2 });
  const { err } = await bed.fairway(['diagnose', 'order-1', 'handles', '--out', '/nowhere/at/all.json']);
  expect(err).toContain('cannot write /nowhere/at/all.json');
});
