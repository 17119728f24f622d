import { describe, expect, it } from 'vitest';
import { aLane, serve, type Testbed } from '../testbed.ts';

const protectedShop = {
  apiVersion: 'fairway.dev/v1',
  kind: 'Namespace',
  metadata: { name: 'shop' },
  spec: { protected: true },
};
const GRAY = '/api/v1/resources/shop/Lane/gray';

/** Two people who may change things in a protected namespace. */
async function bedOfTwo() {
  const bed = await serve();
  await bed.apply(protectedShop, aLane('gray'));
  const token = async (name: string, role = 'operator') =>
    (await bed.call('POST', '/api/v1/tokens', { name, role })).body.token as string;
  const by = (secret: string) => (method: string, path: string, body?: object) =>
    bed.call(method, path, body, { token: secret });
  return { bed, anna: by(await token('anna')), ben: by(await token('ben')) };
}

const spec = async (bed: Testbed) => (await bed.call('GET', GRAY)).body.resource?.spec;
const waiting = async (bed: Testbed) => (await bed.call('GET', '/api/v1/requests')).body.items;

describe('a change in a protected namespace', () => {
  it('is kept until somebody else approves it, and says who both were', async () => {
    const { bed, anna, ben } = await bedOfTwo();
    const asked = await anna('POST', '/api/v1/apply', {
      resources: [aLane('gray', { strict: true })],
      reason: 'closed',
    });
    expect(asked.body).toMatchObject({ changes: [{ action: 'updated' }], request: expect.any(String) });
    expect(await spec(bed)).toEqual({});
    const [request] = await waiting(bed);
    expect(request).toMatchObject({
      id: asked.body.request,
      author: 'anna',
      reason: 'closed',
      changes: [{ key: 'shop/Lane/gray', diff: [{ path: 'spec.strict', after: true }] }],
    });
    const path = `/api/v1/requests/${request.id}/approve`;
    expect(await anna('POST', path)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('second person') },
    });
    expect((await ben('POST', path)).body.changes).toMatchObject([{ action: 'updated' }]);
    expect(await spec(bed)).toEqual({ strict: true });
    expect(await waiting(bed)).toEqual([]);
    expect((await ben('POST', path)).status).toBe(404);
    const [latest] = (await bed.call('GET', `${GRAY}/history`)).body.items;
    expect(latest).toMatchObject({ author: 'anna, approved by ben', reason: 'closed' });
  });

  it('is kept however it is made: put, delete, undo', async () => {
    const { bed, anna, ben } = await bedOfTwo();
    const id = async (answer: Promise<{ body: { request?: string } }>) => (await answer).body.request;
    const put = await id(anna('PUT', GRAY, aLane('gray', { strict: true })));
    await ben('POST', `/api/v1/requests/${put}/approve`);
    const undone = await id(anna('POST', `${GRAY}/undo`, {}));
    expect(await spec(bed)).toEqual({ strict: true });
    await ben('POST', `/api/v1/requests/${undone}/approve`);
    expect(await spec(bed)).toEqual({});
    const removed = await id(anna('DELETE', GRAY));
    expect(await spec(bed)).toEqual({});
    await ben('POST', `/api/v1/requests/${removed}/approve`);
    expect(await spec(bed)).toBeUndefined();
    // Nor does one lift the protection alone.
    const open = { ...protectedShop, spec: {} };
    expect((await bed.apply(open)).body.request).toEqual(expect.any(String));
    expect((await anna('POST', '/api/v1/apply', { resources: [open] })).status).toBe(403);
  });

  it('is made at once where it only turns a lane off, or the namespace', async () => {
    const { bed, anna } = await bedOfTwo();
    expect((await anna('PUT', GRAY, aLane('gray', { enabled: false }))).body.request).toBeUndefined();
    expect(await spec(bed)).toEqual({ enabled: false });
    expect((await anna('PUT', GRAY, aLane('gray', { enabled: true }))).body.request).toEqual(expect.any(String));
    expect((await anna('PUT', '/api/v1/namespaces/shop', { enabled: false })).body.action).toBe('updated');
    // A trial is none, and what changes nothing needs nobody.
    const trial = { resources: [aLane('gray', { strict: true })], dryRun: true };
    expect((await anna('POST', '/api/v1/apply', trial)).body.request).toBeUndefined();
    expect((await anna('PUT', GRAY, aLane('gray', { enabled: false }))).body).toMatchObject({ action: 'unchanged' });
  });

  it('is not made over what was changed since, survives a restart, and may be refused', async () => {
    const { bed, anna, ben } = await bedOfTwo();
    const first = (await anna('PUT', GRAY, aLane('gray', { strict: true }))).body.request;
    const second = (await anna('PUT', GRAY, aLane('gray', { fallback: ['base'] }))).body.request;
    await ben('POST', `/api/v1/requests/${first}/approve`);
    expect(await ben('POST', `/api/v1/requests/${second}/approve`)).toMatchObject({ status: 409 });
    await bed.close();
    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    expect((await waiting(again)).map(({ id }: { id: string }) => id)).toEqual([second]);
    expect((await again.call('DELETE', `/api/v1/requests/${second}?reason=late`)).status).toBe(204);
    expect(await waiting(again)).toEqual([]);
    const [entry] = (await again.call('GET', '/api/v1/audit')).body.items;
    expect(entry).toMatchObject({ action: 'change-rejected', reason: 'late' });
  });

  it('leaves others alone, and is approved only by who may make it', async () => {
    const { bed, anna } = await bedOfTwo();
    expect(
      (await anna('PUT', '/api/v1/resources/bank/Lane/gray', aLane('gray', {}, 'bank'))).body.request,
    ).toBeUndefined();
    const id = (await anna('PUT', GRAY, aLane('gray', { strict: true }))).body.request;
    const viewer = await bed.token('viewer');
    const elsewhere = await bed.token('operator', 'bank');
    for (const token of [viewer, elsewhere]) {
      expect((await bed.call('POST', `/api/v1/requests/${id}/approve`, undefined, { token })).status).toBe(403);
    }
    expect((await bed.call('GET', '/api/v1/requests', undefined, { token: elsewhere })).body.items).toEqual([]);
  });

  it('by a release takes a second person to begin it, and none to roll it back', async () => {
    const { bed, anna, ben } = await bedOfTwo();
    const steps = [{ percent: 1 }, { pause: { approval: true } }];
    const release = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Release',
      metadata: { name: 'r1', namespace: 'shop' },
      spec: { lane: 'gray', services: ['order'], entry: { services: ['web'] }, steps },
    };
    await anna('POST', '/api/v1/releases', { release });
    const one = '/api/v1/releases/shop/r1';
    expect((await bed.call('GET', one)).body.watch.waitsFor).toMatchObject([{ what: 'approval' }]);
    expect(await anna('POST', `${one}/approve`, {})).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('somebody else') },
    });
    await ben('POST', `${one}/approve`, {});
    await bed.until(
      async () => (await bed.call('GET', one)).body.state.step,
      (step) => step === 1,
    );
    await anna('POST', `${one}/abort`, {});
    await bed.until(
      async () => (await bed.call('GET', one)).body.state.phase,
      (phase) => phase === 'rolledBack',
    );
    expect(await spec(bed)).toEqual({ enabled: false });
  });
});
