import { ensureAgentBundle } from '@fairway/agent';
import type { AgentReport, Namespace } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { namespaceResource, startWorld, type World } from './world.ts';

describe.each([NODE_VERSIONS[0], NODE_VERSIONS[4]])('an agent on Node.js $version', ({ version, node }) => {
  let world: World;
  const apps: Application[] = [];

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(version + 60);
  });
  afterAll(async () => {
    for (const app of apps) await app.stop();
    await world?.close();
  });

  /** Dials an address that answers without an agent too. */
  async function start(instance: string, file = 'hop.cjs'): Promise<Application> {
    const { host, port } = world.order.base;
    const more = { FAIRWAY_INSTANCE: instance, ORDER_URL: `http://${host}:${port}` };
    const app = await startApplication(node, file, agentEnvironment(world.plane, more));
    apps.push(app);
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    return app;
  }

  async function turn(spec: Namespace['spec']): Promise<void> {
    world.plane.setResources([namespaceResource(spec)]);
    for (const { id } of world.plane.registered.values()) await world.plane.acknowledgedBy(id);
  }

  it('passes everything through as soon as its instance, service or namespace is off, and governs again', async () => {
    const [one, two] = [await start('web-1'), await start('web-2')];
    const threads = await start('web-3', 'threads.cjs');
    const at = (app: Application) => app.ask('/at', { lane: 'gray' });
    const [on, off] = ['order-gray', 'order-base'];
    for (const [spec, [first, second, third]] of [
      [{ off: { instances: ['web-1'] } }, [off, on, on]],
      [{ off: { instances: ['web-2', 'web-3'] } }, [on, off, off]],
      [{ off: { services: ['web'] } }, [off, off, off]],
      [{ off: { services: ['order', 'pay'], instances: ['web'] } }, [on, on, on]],
      [{ enabled: false }, [off, off, off]],
      [{}, [on, on, on]],
    ] as const) {
      await turn(spec as Namespace['spec']);
      expect([spec, await at(one), await at(two)]).toEqual([spec, first, second]);
      // The main thread acknowledges, and the others hear of it through that.
      await expect.poll(() => at(threads)).toBe(third);
    }
    const { points } = await one.ask<AgentReport>('/probe');
    expect(points.find(({ name }) => name === 'http')).toMatchObject({ governed: 4, passed: { off: 3 } });
  });

  it('adds nothing and takes nothing away while it is off', async () => {
    const app = await start('web-4');
    await turn({ off: { instances: ['web-4'] } });
    const headers = JSON.stringify({ 'x-fairway-lane': 'blue', baggage: 'mine=1' });
    const query = new URLSearchParams({ client: 'http.request', headers });
    query.set('url', `http://${world.order.base.host}:${world.order.base.port}`);
    const { text } = await app.ask<{ text: string }>(`/call?${query}`, { lane: 'gray' });
    expect(JSON.parse(text)).toMatchObject({
      at: 'order-base',
      headers: { 'x-fairway-lane': 'blue', baggage: 'mine=1' },
    });
    await turn({});
  });
});
