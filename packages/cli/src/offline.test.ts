import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, lineOf, makeBed } from './testing/bed.ts';

const APP = `require('http').createServer((q, s) => s.end('hi')).listen(0, '127.0.0.1', () => console.log('up'))`;

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

async function freePort(): Promise<string> {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

it('takes the instance beside it offline, and waits until it is quiet', async () => {
  const port = await freePort();
  const words = ['run', '--service', 'order', '-n', 'shop', '--', process.execPath, '-e', APP];
  const child = bed.start(words, { FAIRWAY_ADMIN_PORT: port });
  await lineOf(child, /up/);
  const done = await bed.fairway(['offline', '--port', port, '--json']);
  expect(done).toMatchObject({ status: 0, err: '' });
  expect(JSON.parse(done.out)).toMatchObject({ state: 'quiet' });
});

it('says what is wrong where there is no instance', async () => {
  const port = await freePort();
  expect(await bed.fairway(['offline', '--port', port])).toMatchObject({
    status: 4,
    err: expect.stringContaining('no admin port'),
  });
  expect(await bed.fairway(['offline'])).toMatchObject({
    status: 2,
    err: expect.stringContaining('FAIRWAY_ADMIN_PORT'),
  });
});
