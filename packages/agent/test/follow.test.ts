import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ensureAgentBundle } from '@fairway/agent';
import { FOLLOW_HEADER, followClaim, followHeader } from '@fairway/core';
import { type FollowKeys, type HopReport, WIRE_VERSION } from '@fairway/model';
import type { FakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import type { Seen } from './backend.ts';
import { namespaceResource, startWorld, type World } from './world.ts';

const KEY = 'aaaaaaaa';
const pair = generateKeyPairSync('ed25519');
const key = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');
const keys: FollowKeys = { version: WIRE_VERSION, nowMs: Date.now(), keys: [{ id: KEY, key }] };
/** The keys, and after them what is acknowledged: they are known then. */
const TOLD = `event: follow\ndata: ${JSON.stringify(keys)}\n\n`;

function header(n: number, privateKey: KeyObject = pair.privateKey): string {
  const id = n.toString(16).padStart(32, '0');
  const expiresS = Math.ceil(Date.now() / 1000) + 600;
  const signature = sign(null, Buffer.from(followClaim(KEY, id, expiresS)), privateKey).toString('base64url');
  return followHeader({ key: KEY, id, expiresS, signature });
}

function hopsOf({ posts }: FakeControlPlane, n: number): HopReport['hops'] {
  const hops = posts.filter(({ path }) => path === 'hops').flatMap(({ body }) => (body as HopReport).hops);
  return hops.filter(({ trace }) => trace === n.toString(16).padStart(32, '0'));
}

describe.each(NODE_VERSIONS)('a followed request on Node.js $version', ({ version, node }) => {
  let world: World;
  let app: Application;
  let threads: Application;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(180 + version);
    const environment = { ORDER_URL: world.orderUrl };
    app = await startApplication(
      node,
      'hop.cjs',
      agentEnvironment(world.plane, { ...environment, FAIRWAY_INSTANCE: 'web-1' }),
    );
    threads = await startApplication(
      node,
      'threads.cjs',
      agentEnvironment(world.plane, { ...environment, FAIRWAY_INSTANCE: 'web-2' }),
    );
    for (const one of [app, threads]) {
      await vi.waitFor(async () => expect(await one.ask('/at', { lane: 'gray' })).toBe('order-gray'), 10_000);
    }
    world.plane.write(TOLD);
    world.plane.setInstances(world.instances);
    for (const id of ['web-1', 'web-2']) await world.plane.acknowledgedBy(id);
  });
  afterAll(async () => {
    await app?.stop();
    await threads?.stop();
    await world?.close();
  });

  it('goes on with every client, each call a hop of its own, and each is told with its decision', async () => {
    const value = header(1);
    const all = await app.ask<Record<string, { text?: string; error?: object }>>(
      `/all?url=${encodeURIComponent(world.orderUrl)}`,
      { lane: 'gray', headers: { [FOLLOW_HEADER]: value } },
    );
    const seen = Object.entries(all).map(([name, { text = '{}' }]) => {
      const { at, headers } = JSON.parse(text) as Seen;
      const [sent, hop] = headers[FOLLOW_HEADER]?.split(';') ?? [];
      return { name, at, isSent: sent === value, hop };
    });
    expect(seen).toEqual(seen.map(({ name, hop }) => ({ name, at: 'order-gray', isSent: true, hop })));
    await world.plane.until('all is told', (plane) => hopsOf(plane, 1).length === seen.length + 1);
    const [served, ...others] = hopsOf(world.plane, 1).filter(({ kind }) => kind === 'served');
    expect(others).toEqual([]);
    expect(served).toMatchObject({ lane: 'gray', outcome: '2xx', status: 200, path: '/all' });
    const called = hopsOf(world.plane, 1).filter(({ kind }) => kind === 'called');
    expect(called.map(({ id }) => id).sort()).toEqual(seen.map(({ hop }) => hop).sort());
    for (const hop of called) {
      // That of a WebSocket is 101.
      const outcome = expect.stringMatching(/^[12]xx$/);
      expect(hop).toMatchObject({ parent: served?.id, to: 'shop/order', reason: 'lane', lane: 'gray', outcome });
      expect(hop.attempts).toMatchObject([{ instance: 'order-gray', lane: 'gray', outcome }]);
      expect(hop.steps).toContainEqual({ step: 'lane', taken: true, text: 'lane gray: 1 instance' });
    }
  });

  it('is not known by a header that was not signed, which ends here', async () => {
    const forged = header(2, generateKeyPairSync('ed25519').privateKey);
    const call = `/call?client=http.request%20keep-alive&url=${encodeURIComponent(world.orderUrl)}`;
    const passed = JSON.stringify({ [FOLLOW_HEADER]: forged });
    const { text } = await app.ask<{ text: string }>(`${call}&headers=${encodeURIComponent(passed)}`, {
      headers: { [FOLLOW_HEADER]: forged },
    });
    expect((JSON.parse(text) as Seen).headers[FOLLOW_HEADER]).toBeUndefined();
    await app.ask('/at', { headers: { [FOLLOW_HEADER]: header(3) } });
    await world.plane.until('what came later is told', (plane) => hopsOf(plane, 3).length === 2);
    expect(hopsOf(world.plane, 2)).toEqual([]);
  });

  it('is followed in worker threads too', async () => {
    // The main thread acknowledges, and the others hear of it through that.
    await expect
      .poll(async () => {
        await threads.ask('/at', { lane: 'gray', headers: { [FOLLOW_HEADER]: header(4) } });
        return hopsOf(world.plane, 4).length;
      })
      .toBeGreaterThan(1);
    expect(hopsOf(world.plane, 4)).toContainEqual(
      expect.objectContaining({ kind: 'called', lane: 'gray', reason: 'lane' }),
    );
  });

  it('is none, but all of a lane is to be written down: the trace goes on with every client', async () => {
    world.plane.setResources([namespaceResource({ traces: { lanes: { gray: 100 } } })]);
    await world.plane.acknowledgedBy('web-1');
    const trace = 'c'.repeat(32);
    const ask = async (lane: string) => {
      const all = await app.ask<Record<string, { text?: string }>>(`/all?url=${encodeURIComponent(world.orderUrl)}`, {
        lane,
        headers: { traceparent: `00-${trace}-${'d'.repeat(16)}-00`, tracestate: 'mine=1' },
      });
      return Object.entries(all).map(([name, { text = '{}' }]) => {
        const { traceparent = '', tracestate } = (JSON.parse(text) as Seen).headers;
        const [, id, span, flags] = traceparent.split('-');
        return { told: [name, id, flags, tracestate], span };
      });
    };
    const sampled = await ask('gray');
    expect(sampled.map(({ told }) => told)).toEqual(sampled.map(({ told: [name] }) => [name, trace, '01', 'mine=1']));
    const others = await ask('blue');
    expect(others.map(({ told }) => told)).toEqual(others.map(({ told: [name] }) => [name, trace, '00', 'mine=1']));
    const hops = () =>
      world.plane.posts
        .filter(({ path }) => path === 'hops')
        .flatMap(({ body }) => (body as HopReport).hops)
        .filter((hop) => hop.trace === trace);
    await world.plane.until('all is told', () => hops().length === sampled.length + 1);
    const called = hops().filter(({ kind }) => kind === 'called');
    expect(called.map(({ id }) => id).sort()).toEqual(sampled.map(({ span }) => span).sort());
    expect(new Set(hops().map(({ lane, steps }) => `${lane} ${steps.length}`))).toEqual(new Set(['gray 0']));
  });
});
