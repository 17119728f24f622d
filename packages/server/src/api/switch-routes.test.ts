import { describe, expect, it } from 'vitest';
import { aLane, aService, serve } from '../testbed.ts';

describe('the switch of a namespace', () => {
  it('is a resource like any other', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'));
    const off = await bed.call('PUT', '/api/v1/namespaces/shop', { enabled: false, reason: 'incident' });
    expect(off.body).toMatchObject({ key: 'shop/Namespace/shop', action: 'created', revision: 2 });
    expect((await bed.call('GET', '/api/v1/namespaces')).body.items).toEqual([
      { name: 'shop', enabled: false, off: { services: [], instances: [] }, services: 0, instances: 0 },
    ]);
    await bed.call('POST', '/api/v1/resources/shop/Namespace/shop/undo', {});
    expect((await bed.call('GET', '/api/v1/namespaces')).body.items).toMatchObject([{ enabled: true }]);
  });

  it('keeps what else the resource says', async () => {
    const bed = await serve();
    const spec = { internalHosts: ['*.internal'] };
    await bed.apply({ apiVersion: 'fairway.dev/v1', kind: 'Namespace', metadata: { name: 'shop' }, spec });
    await bed.call('PUT', '/api/v1/namespaces/shop', { enabled: false });
    const { resource } = (await bed.call('GET', '/api/v1/resources/shop/Namespace/shop')).body;
    expect(resource.spec).toEqual({ ...spec, enabled: false });
  });

  it('is refused for what is no name, and for what is no switch', async () => {
    const bed = await serve();
    expect((await bed.call('PUT', '/api/v1/namespaces/Shop_1', { enabled: false })).status).toBe(400);
    expect((await bed.call('PUT', '/api/v1/namespaces/shop', { enabled: 'no' })).body.problems).toMatchObject([
      { path: 'enabled' },
    ]);
  });
});

describe('the switches of services and instances', () => {
  const NAMESPACE = '/api/v1/resources/shop/Namespace/shop';

  it('stand in the resource of the namespace, which its agents are told', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await bed.apply(aService('pay'));
    const turn = (path: string, enabled: boolean) =>
      bed.call('PUT', `/api/v1/${path}`, { enabled, reason: 'incident' });
    expect((await turn('services/shop/pay', false)).body).toMatchObject({
      key: 'shop/Namespace/shop',
      action: 'created',
    });
    await turn('services/shop/order', false);
    expect((await turn('instances/order-1', false)).body).toMatchObject({
      action: 'updated',
      diff: [{ path: 'spec.off.instances' }],
    });
    const off = { services: ['order', 'pay'], instances: ['order-1'] };
    const isWhole = (spec: object) => JSON.stringify(spec).includes('order-1');
    const { resources } = await agent.next((update) => update.resources.set.some(({ spec }) => isWhole(spec)));
    expect(resources.set).toMatchObject([{ kind: 'Namespace', spec: { off } }]);
    expect((await bed.call('GET', '/api/v1/namespaces')).body.items).toMatchObject([{ enabled: true, off }]);
    await bed.call('POST', `${NAMESPACE}/undo`, {});
    await turn('services/shop/pay', true);
    await turn('services/shop/order', true);
    expect((await bed.call('GET', NAMESPACE)).body.resource.spec).toEqual({});
  });

  it('lose nothing when many are turned at one time', async () => {
    const bed = await serve();
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
    await bed.apply(...names.map((name) => aService(name)));
    await Promise.all(names.map((name) => bed.call('PUT', `/api/v1/services/shop/${name}`, { enabled: false })));
    expect((await bed.call('GET', NAMESPACE)).body.resource.spec.off.services).toEqual([...names].sort());
  });

  it('are found again when the instance is gone', async () => {
    const bed = await serve();
    const agent = await bed.agent('order-1');
    await bed.call('PUT', '/api/v1/instances/order-1', { enabled: false });
    await agent.state('gone');
    expect((await bed.call('PUT', '/api/v1/instances/order-1', { enabled: true })).body.action).toBe('updated');
    expect((await bed.call('PUT', '/api/v1/instances/order-1', { enabled: true })).status).toBe(404);
  });

  it('change nothing where nothing is off', async () => {
    const bed = await serve();
    await bed.agent('order-1');
    for (const path of ['services/shop/order', 'instances/order-1']) {
      expect((await bed.call('PUT', `/api/v1/${path}`, { enabled: true })).body).toMatchObject({ action: 'unchanged' });
    }
  });

  it.each([
    ['services/shop/ordr', 404],
    ['services/Shop_1/order', 404],
    ['instances/order-2', 404],
  ])('are refused for what is not there: %s', async (path, status) => {
    const bed = await serve();
    await bed.agent('order-1');
    expect((await bed.call('PUT', `/api/v1/${path}`, { enabled: false })).status).toBe(status);
    expect((await bed.call('GET', NAMESPACE)).status).toBe(404);
  });
});
