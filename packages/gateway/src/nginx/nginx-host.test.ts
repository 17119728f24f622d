import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import type { GatewayEntry, Instance, Resource } from '@fairway/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderNginx } from '../render/render-nginx.ts';
import { type Bed, entry, lane, makeBed } from '../testing/bed.ts';
import { openNginxHost } from './nginx-host.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(() => bed.close());

const byUser = entry('gray', { header: { name: 'x-user', value: 'a' } });

describe('a swap', () => {
  it('is in force for every new connection once it is done, and needless ones are not made', async () => {
    expect(await bed.apply([])).toBe('started');
    expect(await bed.apply([])).toBe('unchanged');
    for (let i = 0; i < 5; i += 1) {
      await bed.apply([byUser]);
      expect((await bed.send({ headers: { 'x-user': 'a' } })).instance).toBe('gray');
      await bed.apply([]);
      expect((await bed.send({ headers: { 'x-user': 'a' } })).instance).toBe('base');
    }
  });

  it('loses no request of clients that connect afresh for each', async () => {
    await bed.apply([]);
    let isOver = false;
    let sent = 0;
    const client = async () => {
      while (!isOver) {
        sent += 1;
        expect((await bed.send({ method: 'POST' }, 'body')).status).toBe(200);
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    for (let i = 0; i < 12; i += 1) await bed.apply(i % 2 ? [] : [byUser]);
    isOver = true;
    await clients;
    expect(sent).toBeGreaterThan(100);
  });

  it('is refused where a port is taken, and the one before goes on', async () => {
    await bed.apply([]);
    const taken = createTcpServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    const web: GatewayEntry = { name: 'web', protocol: 'http', listen: `127.0.0.1:${port}`, service: 'web' };
    await expect(bed.apply([], { entries: [web] })).rejects.toMatchObject({
      code: 'FAIRWAY_GATEWAY_REFUSED',
      message: expect.stringContaining('Address already in use'),
    });
    expect((await bed.send({})).instance).toBe('base');
    await bed.host.stop();
    await expect(bed.apply([], { entries: [web] })).rejects.toMatchObject({ code: 'FAIRWAY_GATEWAY_REFUSED' });
    taken.close();
    expect(await bed.host.resume()).toBe(true);
    expect((await bed.send({})).instance).toBe('base');
  });
});

it('an NGINX that runs already is taken over by whoever comes next', async () => {
  await bed.apply([]);
  const pid = await bed.host.pid();
  const next = await openNginxHost(bed.program, bed.dir);
  expect(await next.apply(renderNginx(bed.input([byUser])))).toBe('reloaded');
  expect(await next.pid()).toBe(pid);
});

it('the last good configuration is served without a control plane', async () => {
  expect(await bed.host.resume()).toBe(false);
  await bed.apply([byUser]);
  await bed.host.stop();
  expect(await bed.host.pid()).toBeUndefined();
  expect(await (await openNginxHost(bed.program, bed.dir)).resume()).toBe(true);
  expect((await bed.send({ headers: { 'x-user': 'a' } })).instance).toBe('gray');
});

describe('traffic', () => {
  it('passes bodies and odd paths as they are', async () => {
    await bed.apply([]);
    const body = 'x'.repeat(3_000_000);
    const seen = await bed.send({ method: 'PUT', url: '/a//b/%2e%2F?q=%20+&&', headers: { under_score: '1' } }, body);
    expect(seen).toMatchObject({ status: 200, headers: { host: `127.0.0.1:${bed.port}`, under_score: '1' } });
    expect(seen.body.length).toBe(body.length);
  });

  it('is answered in words where a strict lane has no instance', async () => {
    await bed.apply([lane('dev', { strict: true, entry: [{ services: ['public'], header: { name: 'x-env' } }] })]);
    const seen = await bed.send({ headers: { 'x-env': 'dev' } });
    expect(seen.status).toBe(503);
    expect(JSON.parse(seen.body)).toMatchObject({
      code: 'FAIRWAY_NO_INSTANCE',
      detail: 'no instance of shop/web may take a request in lane dev',
    });
  });

  it('follows routes of the service before lanes', async () => {
    const route: Resource = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Route',
      metadata: { name: 'vip', namespace: 'shop' },
      spec: {
        service: 'web',
        rules: [
          { match: { header: 'x-vip', exact: '1' }, to: [{ lane: 'blue' }] },
          { match: { header: 'x-vip', exact: '2' }, to: [{ lane: 'nowhere' }] },
          { match: { header: 'x-vip', exact: '3' }, to: [{ lane: 'nowhere' }], otherwise: 'fail' },
        ],
      },
    };
    await bed.apply([route, byUser]);
    const instanceOf = async (headers: Record<string, string>) => (await bed.send({ headers })).instance;
    expect(await instanceOf({ 'x-vip': '1', 'x-user': 'a' })).toBe('blue');
    expect(await instanceOf({ 'x-vip': '2', 'x-user': 'a' })).toBe('gray');
    expect(await instanceOf({ 'x-vip': '3', 'x-user': 'a' })).toBe('');
    expect(await instanceOf({ 'x-vip': '4' })).toBe('base');
  });

  it('goes to another instance when one refuses the connection', async () => {
    const dead: Instance = { id: 'dead', service: 'shop/web', host: '127.0.0.1', ports: [1], state: 'ready' };
    const input = bed.input([]);
    await bed.host.apply(renderNginx({ ...input, instances: [...input.instances, dead] }));
    for (let i = 0; i < 6; i += 1) expect((await bed.send({ method: 'POST' }, 'x')).instance).toBe('base');
  });

  it('over TCP is split by percent and by the address of the client; what TCP does not have is absent', async () => {
    const servers = ['base', 'gray'].map((id) => createTcpServer((socket) => socket.end(id)));
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    const instances = servers.map((server, i): Instance => {
      const ports = [(server.address() as AddressInfo).port];
      return { id: `tcp-${i}`, service: 'shop/raw', lane: i ? 'gray' : '', host: '127.0.0.1', ports, state: 'ready' };
    });
    const tcp: GatewayEntry = { name: 'raw', protocol: 'tcp', listen: `127.0.0.1:${bed.tcpPort}`, service: 'raw' };
    const put = (rule: object) =>
      bed.host.apply(renderNginx({ ...bed.input([entry('gray', rule)], { entries: [tcp] }), instances }));
    const ask = async () => {
      let text = '';
      for await (const chunk of connect(bed.tcpPort, '127.0.0.1')) text += chunk;
      return text;
    };
    await put({ match: { clientIp: { exact: '127.0.0.0/8' } } });
    expect(await ask()).toBe('gray');
    await put({ header: { name: 'x-env' } });
    expect(await ask()).toBe('base');
    await put({ percent: 100, stickyBy: { cookie: 'user' } });
    expect(await ask()).toBe('base');
    await put({ match: { not: { header: 'x-env', exists: true } } });
    expect(await ask()).toBe('gray');
    await put({ percent: 20 });
    const answers = await Promise.all(Array.from({ length: 500 }, ask));
    const gray = answers.filter((answer) => answer === 'gray').length;
    expect(answers.filter((answer) => answer === 'base').length + gray).toBe(500);
    expect(Math.abs(gray - 100)).toBeLessThan(5 * Math.sqrt(500 * 0.2 * 0.8));
    for (const server of servers) server.close();
  });
});
