import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService } from '../demo/service-process.ts';
import { type Neighbours, startNeighbours } from './neighbours.ts';

let shop: Neighbours;

beforeAll(async () => {
  shop = await startNeighbours();
});

afterAll(() => shop?.stop());

interface Answer {
  trail: { service: string; release: string; id: string }[];
}

function servicesOf(answer: Answer, id: string): string[] {
  for (const hop of answer.trail) expect(hop).toMatchObject({ release: 'base', id });
  return answer.trail.map((hop) => hop.service);
}

function post(address: string, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`http://${address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function postedTrail(address: string, path: string, id: string): Promise<string[]> {
  const response = await post(address, path, { id, item: 'tea', quantity: 2 });
  expect(response.status).toBe(201);
  return servicesOf((await response.json()) as Answer, id);
}

test('storefront checks out through the whole chain', async () => {
  const trail = await postedTrail(shop.address.storefront, '/checkout', 'r1');
  expect(trail).toEqual(['storefront', 'order', 'payment', 'warehouse', 'datacenter']);
});

test('storefront asks two services at once for its home page', async () => {
  const response = await fetch(`http://${shop.address.storefront}/home?id=r2`);
  const trail = servicesOf((await response.json()) as Answer, 'r2');
  expect(trail).toEqual(['storefront', 'order', 'warehouse', 'datacenter', 'warehouse', 'datacenter']);
});

test('storefront streams an export that each service below adds to', async () => {
  const response = await fetch(`http://${shop.address.storefront}/export?id=r3`);
  const lines = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hops = lines.filter((line) => 'service' in line);
  expect(servicesOf({ trail: hops }, 'r3')).toEqual(['storefront', 'order', 'warehouse', 'datacenter']);
  expect(lines.filter((line) => 'row' in line)).toHaveLength(5);
});

test('order takes an order', async () => {
  expect(await postedTrail(shop.address.order, '/orders', 'r4')).toEqual([
    'order',
    'payment',
    'warehouse',
    'datacenter',
  ]);
});

test('payment reserves what was paid', async () => {
  expect(await postedTrail(shop.address.payment, '/payments', 'r5')).toEqual(['payment', 'warehouse', 'datacenter']);
});

test('warehouse records what was reserved', async () => {
  expect(await postedTrail(shop.address.warehouse, '/reservations', 'r6')).toEqual(['warehouse', 'datacenter']);
});

test('datacenter ends the chain', async () => {
  expect(await postedTrail(shop.address.datacenter, '/records', 'r7')).toEqual(['datacenter']);
});

test('device answers one line for one line', async () => {
  const [host, port] = shop.address.device.split(':');
  const socket = connect(Number(port), host);
  socket.write('ORDER r8 tea 1\n');
  const [line] = await once(createInterface({ input: socket }), 'line');
  socket.destroy();
  expect(servicesOf(JSON.parse(line), 'r8')).toEqual(['device', 'order', 'payment', 'warehouse', 'datacenter']);
});

test('a callee that is not there is told as text, with 502, through every hop', async () => {
  const warehouse = await startService('warehouse', { PORT: '0', DATACENTER_URL: 'http://127.0.0.1:1' });
  const order = await startService('order', { PORT: '0', PAYMENT_URL: 'http://127.0.0.1:1' });
  const storefront = await startService('storefront', { PORT: '0', ORDER_URL: `http://${order.address}` });
  const payment = await startService('payment', { PORT: '0', WAREHOUSE_URL: `http://${warehouse.address}` });
  const answers = [
    await post(storefront.address, '/checkout', { id: 'r9' }),
    await post(payment.address, '/payments', { id: 'r9' }),
  ];
  const texts = await Promise.all(answers.map((response) => response.text()));
  await Promise.all([warehouse, order, storefront, payment].map((one) => one.stop()));
  expect(answers.map((response) => response.status)).toEqual([502, 502]);
  expect(texts[0]).toMatch(/^storefront: order: connect ECONNREFUSED/);
  expect(texts[1]).toMatch(/^payment: warehouse: bad port|^payment: warehouse: fetch failed/);
});
