import { createPublicKey, verify } from 'node:crypto';
import { parseFollow } from '@fairway/core';
import type { Following } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { serve } from '../testbed.ts';
import { FollowSigner } from './follow-signer.ts';

const hop = (trace: string, id: string, over: object = {}) => ({
  trace,
  id: id.padStart(16, '0'),
  kind: 'served',
  method: 'GET',
  path: '/',
  lane: 'gray',
  reason: 'carried',
  steps: [{ step: 'label', taken: true, text: 'the request carries gray' }],
  attempts: [],
  outcome: '2xx',
  status: 200,
  agoMs: 20,
  tookMs: 10,
  ...over,
});
const called = (trace: string, id: string, instance: string) =>
  hop(trace, id, {
    parent: '1'.padStart(16, '0'),
    kind: 'called',
    to: 'shop/order',
    reason: 'lane',
    eligible: { count: 1, instances: [instance] },
    attempts: [{ instance, lane: 'gray', afterMs: 0, tookMs: 5, outcome: '2xx' }],
    agoMs: 15,
  });

/** Whether a header was signed by one of the keys that agents were told. */
function isSigned({ value }: Following, keys: readonly { id: string; key: string }[]): boolean {
  const claim = parseFollow(value);
  const key = keys.find(({ id }) => id === claim?.key);
  if (!claim || !key) return false;
  const publicKey = createPublicKey({ key: Buffer.from(key.key, 'base64url'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(claim.signed), publicKey, Buffer.from(claim.signature, 'base64url'));
}

describe('following a request', () => {
  it('an operator gets a header that agents know by the keys they were told, and it is in the audit log', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('web-1', { service: 'shop/web' });
    const { status, body } = await bed.call('POST', '/api/v1/follow', { ttl: '5m', reason: 'slow basket' });
    expect([status, body.header]).toEqual([200, 'x-fairway-follow']);
    expect(isSigned(body, agent.followKeys.at(-1)?.keys ?? [])).toBe(true);
    const [entry] = (await bed.call('GET', '/api/v1/audit')).body.items;
    expect(entry).toMatchObject({ action: 'follow-issued', target: body.id, reason: 'slow basket' });
    const reader = await bed.token('viewer');
    expect((await bed.call('POST', '/api/v1/follow', {}, { token: reader })).status).toBe(403);
    expect((await bed.call('GET', `/api/v1/follow/${body.id}`, undefined, { token: reader })).status).toBe(200);
  });

  it('all that was told of it is one tree; an answer is held until all told', async () => {
    const bed = await serve();
    const web = await bed.streamingAgent('web-1', { service: 'shop/web' });
    const order = await bed.streamingAgent('order-1', { lane: 'gray' });
    const { id } = (await bed.call('POST', '/api/v1/follow', {})).body;
    const read = (query = '') => bed.call('GET', `/api/v1/follow/${id}${query}`);
    expect((await read()).body).toEqual({
      id,
      startedAt: null,
      tookMs: 0,
      hops: 0,
      complete: false,
      dropped: 0,
      roots: [],
    });
    const held = read('?wait=complete');
    const tell = (agent: typeof web, ...hops: object[]) => agent.post('hops', { instance: agent.id, hops, dropped: 0 });
    expect((await tell(web, hop(id, '1'), called(id, '2', 'order-1'))).status).toBe(204);
    expect((await read()).body).toMatchObject({ hops: 2, complete: false });
    await tell(order, hop(id, '3', { parent: '2'.padStart(16, '0'), agoMs: 12 }));
    await tell(order, hop(id, '3', { parent: '2'.padStart(16, '0'), agoMs: 12 }));
    const { body } = await held;
    expect(body).toMatchObject({ hops: 3, complete: true, dropped: 0 });
    expect(body.roots).toMatchObject([
      {
        service: 'shop/web',
        instance: 'web-1',
        instanceLane: '',
        children: [{ to: 'shop/order', children: [{ service: 'shop/order', instanceLane: 'gray', children: [] }] }],
      },
    ]);
  });

  it('what nobody asked for is passed over, what is wrong is refused', async () => {
    const bed = await serve();
    const web = await bed.streamingAgent('web-1', { service: 'shop/web' });
    const unknown = 'f'.repeat(32);
    expect((await web.post('hops', { instance: 'web-1', hops: [hop(unknown, '1')], dropped: 0 })).status).toBe(204);
    expect((await bed.call('GET', `/api/v1/follow/${unknown}`)).status).toBe(404);
    const wrong = { instance: 'web-1', hops: [hop(unknown, '1', { path: '<b>\n' })], dropped: 0 };
    expect((await web.post('hops', wrong)).body.problems[0]).toMatchObject({ path: 'hops[0].path' });
    const other = await bed.token('agent', 'other');
    const forged = { version: 1, instance: 'web-1', hops: [], dropped: 0 };
    expect((await bed.call('POST', '/agent/v1/hops', forged, { token: other })).status).toBe(403);
    for (const ttl of ['0s', '11m', 'soon']) {
      const { status, body } = await bed.call('POST', '/api/v1/follow', { ttl });
      expect([status, body.problems[0].path]).toEqual([400, 'ttl']);
    }
  });

  it('so many are followed at the same time, and no more', async () => {
    const bed = await serve();
    const answers = [];
    for (let n = 0; n < 65; n++) answers.push((await bed.call('POST', '/api/v1/follow', {})).status);
    expect(answers).toEqual([...Array(64).fill(200), 429]);
  });
});

describe('the keys', () => {
  it('are made anew each hour, and the one before is believed for another', () => {
    let nowMs = 1_000_000;
    const signer = new FollowSigner(() => nowMs);
    const first = signer.issue(60_000);
    expect(signer.rotate()).toBe(false);
    nowMs += 3_600_000;
    expect(signer.rotate()).toBe(true);
    expect([isSigned(first, signer.keys.keys), isSigned(signer.issue(1), signer.keys.keys)]).toEqual([true, true]);
    expect(signer.keys.nowMs).toBe(nowMs);
    nowMs += 3_600_000;
    expect(signer.rotate()).toBe(true);
    expect(isSigned(first, signer.keys.keys)).toBe(false);
  });
});

describe('recent requests', () => {
  it('are listed by service, lane, time and error, the latest first, and each is one tree', async () => {
    const bed = await serve();
    const web = await bed.streamingAgent('web-1', { service: 'shop/web' });
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const;
    const tell = (...hops: object[]) => web.post('hops', { instance: 'web-1', hops, dropped: 0 });
    await tell(hop(first, '1'), called(first, '2', 'order-1'));
    await tell(hop(second, '1', { lane: '', outcome: '5xx', status: 500, tookMs: 900 }));
    const list = async (query: string) => {
      const { body } = await bed.call('GET', `/api/v1/traces${query}`);
      return body.items.map(({ id }: { id: string }) => id);
    };
    expect(await list('')).toEqual([second, first]);
    expect(await list('?limit=1')).toEqual([second]);
    expect(await list('?lane=gray')).toEqual([first]);
    expect(await list('?lane=base&service=shop/web')).toEqual([second]);
    expect(await list('?service=shop/order')).toEqual([]);
    expect(await list('?minDurationMs=500')).toEqual([second]);
    expect([await list('?error=true'), await list('?error=false')]).toEqual([[second], [first]]);
    const { body } = await bed.call('GET', `/api/v1/traces/${first}`);
    expect(body).toMatchObject({ hops: 2, roots: [{ children: [{ to: 'shop/order' }] }] });
    expect((await bed.call('GET', '/api/v1/traces/none')).status).toBe(404);
    expect((await bed.call('GET', '/api/v1/traces?lane=gray&minDurationMs=x')).status).toBe(400);
  });
});
