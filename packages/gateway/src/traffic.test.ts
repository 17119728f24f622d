import { once } from 'node:events';
import { createServer, get, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instance } from '@fairway/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderNginx } from './render/render-nginx.ts';
import { type Bed, makeBed } from './testing/bed.ts';

let bed: Bed;
const server = createServer();
beforeAll(async () => {
  bed = await makeBed();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const instance: Instance = { id: 'app', service: 'shop/web', host: '127.0.0.1', ports: [port], state: 'ready' };
  await bed.host.apply(renderNginx({ ...bed.input([]), instances: [instance] }));
});
afterAll(async () => {
  await bed.close();
  server.closeAllConnections();
  server.close();
});

it('an answer that is written piece by piece arrives piece by piece', async () => {
  server.once('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('one');
    server.once('second' as 'request', () => response.end('two'));
  });
  const [response] = await once(get({ port: bed.port, host: '127.0.0.1', agent: false }), 'response');
  const [first] = await once(response, 'data');
  expect(String(first)).toBe('one');
  server.emit('second');
  const [second] = await once(response, 'data');
  expect(String(second)).toBe('two');
});

it('a request body that is written piece by piece arrives piece by piece', async () => {
  const arrived = new Promise<string>((resolve) => {
    server.once('request', (incoming, response) => {
      incoming.once('data', (chunk) => {
        resolve(String(chunk));
        incoming.resume();
        incoming.on('end', () => response.end());
      });
    });
  });
  const outgoing = request({ port: bed.port, host: '127.0.0.1', method: 'POST', agent: false });
  outgoing.write('one');
  expect(await arrived).toBe('one');
  outgoing.end('two');
  const [response] = await once(outgoing, 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
});

it('an upgrade leads to a connection in both directions', async () => {
  server.once('upgrade', (incoming, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${incoming.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => socket.end(`echo ${chunk}`));
  });
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  const outgoing = request({ port: bed.port, host: '127.0.0.1', headers, agent: false });
  outgoing.end();
  const [response, socket] = await once(outgoing, 'upgrade');
  expect(response.headers.upgrade).toBe('websocket');
  socket.write('hello');
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toBe('echo hello');
  socket.destroy();
});
