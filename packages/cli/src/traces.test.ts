import { WIRE_VERSION } from '@fairway/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, makeBed } from './testing/bed.ts';

const TRACE = 'a'.repeat(32);
const hop = {
  trace: TRACE,
  id: '1'.padStart(16, '0'),
  kind: 'served',
  method: 'GET',
  path: '/basket',
  lane: 'gray',
  reason: 'carried',
  steps: [],
  attempts: [],
  outcome: '5xx',
  status: 503,
  agoMs: 900,
  tookMs: 800,
};

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
  const { token } = await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' });
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const text = JSON.stringify({ version: WIRE_VERSION, ...body });
    expect((await fetch(`${bed.url}/agent/v1/${path}`, { method: 'POST', headers, body: text })).status).toBe(204);
  };
  const instance = { id: 'web-1', service: 'shop/web', host: '10.0.0.1', ports: [8080], state: 'ready' };
  await post('instances', { instance, agent: { version: '1', runtime: 'test', pid: 1 } });
  await post('hops', { instance: 'web-1', hops: [hop], dropped: 0 });
});
afterAll(() => bed.close());

it('lists recent requests, those that are asked for', async () => {
  const { out } = await bed.fairway(['traces', '--lane', 'gray', '--min-ms', '500', '--errors']);
  expect(out).toMatch(/^ID +STARTED +MS +HOPS +ERRORS +LANE +SERVICE +REQUEST$/m);
  expect(out).toMatch(new RegExp(`^${TRACE} +\\S+Z +800\\.0 +1 +1 +gray +shop/web +GET /basket$`, 'm'));
  expect((await bed.fairway(['traces', '--lane', 'base'])).out).toContain('no request');
  expect(JSON.parse((await bed.fairway(['traces', '--json'])).out)).toMatchObject([
    { id: TRACE, services: ['shop/web'] },
  ]);
});

it('tells one of them, and refuses what is none', async () => {
  const { out } = await bed.fairway(['traces', TRACE]);
  expect(out).toContain('GET /basket at web-1 (shop/web, base)  503  800.0 ms\n  lane gray: carried\n');
  expect(await bed.fairway(['traces', 'f'.repeat(32)])).toMatchObject({ status: 4 });
  expect(await bed.fairway(['traces', '--limit', '0'])).toMatchObject({ status: 2 });
});

it('follow tells the header, and what is wrong with what it was given', async () => {
  const { out } = await bed.fairway(['follow', '--ttl', '5m']);
  const [, id] = /fairway follow --id ([0-9a-f]{32})/.exec(out) ?? [];
  expect(out).toMatch(/^ {2}x-fairway-follow: [0-9a-f]{8}\.[0-9a-f]{32}\.\d+\.[\w-]{86}$/m);
  expect((await bed.fairway(['follow', '--id', String(id), '--json'])).out).toContain('"hops": 0');
  expect(await bed.fairway(['follow', 'not a url'])).toMatchObject({ status: 2 });
  expect(await bed.fairway(['follow', '--ttl', '1h'])).toMatchObject({ status: 2 });
  const refused = await bed.fairway(['follow', 'http://127.0.0.1:2/']);
  expect([refused.status, refused.err]).toEqual([6, expect.stringContaining('ECONNREFUSED')]);
});
