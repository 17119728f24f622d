import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnvironment, runFairway } from './testing/bed.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fairway-explain-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (words: readonly string[], input?: string) =>
  runFairway(dir, ['explain', ...words], cleanEnvironment(), input);

const instance = (id: string, service: string, lane = '') => ({
  id,
  service,
  lane,
  host: `10.0.0.${id.length}`,
  ports: [8080],
  state: 'ready',
});
const world = {
  resources: [
    {
      apiVersion: 'fairway.dev/v1',
      kind: 'Lane',
      metadata: { name: 'gray', namespace: 'shop' },
      spec: { entry: [{ services: ['web'], header: { name: 'x-env' } }] },
    },
  ],
  instances: [
    instance('web-1', 'shop/web'),
    instance('order-base', 'shop/order'),
    instance('order-gray-1', 'shop/order', 'gray'),
  ],
};

it('vectors: counts what passes, prints a line for each that does not, and exits with 1', async () => {
  const at = 'web-1';
  const request = { headers: { 'x-env': 'gray' } };
  const cases = [
    {
      name: 'right',
      at,
      request,
      expectLane: 'gray',
      call: { url: 'http://order:8080/' },
      expectEligible: ['order-gray-1'],
    },
    { name: 'wrong', at, request, expectLane: 'blue' },
  ];
  await writeFile(join(dir, 'v.json'), JSON.stringify({ world, cases }));
  expect(await run(['--vectors', 'v.json'])).toEqual({
    status: 1,
    out: 'v.json: wrong: lane: expected "blue", got "gray"\n1 passed, 1 failed\n',
    err: '',
  });
  await writeFile(join(dir, 'right.json'), JSON.stringify({ world, cases: cases.slice(0, 1) }));
  expect(await run(['--vectors', 'right.json', 'right.json'])).toMatchObject({
    status: 0,
    out: '2 passed, 0 failed\n',
  });
});

it('vectors: a file of another form is refused with the field', async () => {
  await writeFile(join(dir, 'bad.json'), JSON.stringify({ world, cases: [{ name: 'x' }] }));
  expect(await run(['--vectors', 'bad.json'])).toMatchObject({
    status: 2,
    err: expect.stringContaining('cases[0].at'),
  });
});

it('one decision: the lane, each step, and where the call may go', async () => {
  const yaml = `${JSON.stringify(world.resources[0])}\n---\n${JSON.stringify({ instances: world.instances })}`;
  const words = ['--file', '-', '--at', 'web-1', '-H', 'X-Env: gray', '--call', 'http://order:8080/x'];
  const { out, status } = await run(words, yaml);
  expect(status).toBe(0);
  expect(out).toContain('Lane: gray (entry:gray)');
  expect(out).toContain('Eligible: order-gray-1 (lane)');
  expect(out).toContain('x-fairway-lane: gray');
  expect(out).toMatch(/ {4}label .*carries no label/);
  expect(out).toMatch(/ {2}\* entry /);
});

it('one decision: work that no request started, as JSON', async () => {
  await writeFile(join(dir, 'world.json'), JSON.stringify(world));
  const { out } = await run(['--file', 'world.json', '--at', 'order-gray-1', '--no-request', '--json']);
  expect(JSON.parse(out)).toMatchObject({ lane: 'gray', reason: 'dyed' });
});

it('an instance that is not there is told', async () => {
  await writeFile(join(dir, 'world.json'), JSON.stringify(world));
  expect(await run(['--file', 'world.json', '--at', 'nobody'])).toMatchObject({
    status: 4,
    err: expect.stringContaining('nobody'),
  });
});
