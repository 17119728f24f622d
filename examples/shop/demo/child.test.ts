import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startChild } from './child.ts';

function start(program: string) {
  return startChild({
    name: 'it',
    command: process.execPath,
    args: ['-e', program],
    env: {},
    readyLine: /^up at (\d+)$/,
  });
}

test('is up when it has printed its ready line, and ends when asked', async () => {
  const child = await start('console.log("up at 7"); setInterval(() => {}, 1000)');
  expect(child.ready[1]).toBe('7');
  expect(process.kill(child.pid, 0)).toBe(true);
  await child.stop();
  expect(() => process.kill(child.pid, 0)).toThrow('ESRCH');
});

test('is killed when it does not end by itself', async () => {
  const child = await start('process.on("SIGTERM", () => {}); console.log("up at 7"); setInterval(() => {}, 1000)');
  await child.stop('SIGTERM', 50);
  expect(() => process.kill(child.pid, 0)).toThrow('ESRCH');
});

test('one that ends before it is up is told with what it said', async () => {
  await expect(start('console.error("no such thing"); process.exit(3)')).rejects.toThrow(
    'it ended with 3 before it was up\nno such thing',
  );
});

test('none outlives the program that started it, however that exits', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection');
  const driver = await start(`import(${JSON.stringify(new URL('./child.ts', import.meta.url).href)})
    .then(({ startChild }) => startChild({
      name: 'it',
      command: process.execPath,
      args: ['-e', 'require("net").connect(${port}, "127.0.0.1", () => console.log("up"))'],
      env: {},
      readyLine: /^up$/,
    }))
    .then(() => { console.log('up at 7'); process.exit(1); });`);
  const [socket] = await connected;
  socket.on('error', () => undefined).resume();
  if (!socket.destroyed) await once(socket, 'close');
  await driver.ended;
  server.close();
});
