import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { request } from 'undici';

const {
  HOST = '127.0.0.1',
  PORT = '8080',
  RELEASE = 'base',
  PAYMENT_URL = 'http://payment:8080',
  WAREHOUSE_URL = 'http://warehouse:8080',
} = process.env;

const app = Fastify();
const hop = (id) => ({ service: 'order', release: RELEASE, id });

async function answerOf(url, options) {
  const { statusCode, body } = await request(url, options);
  if (statusCode >= 400) throw new Error(await body.text());
  return body.json();
}

const newOrder = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' }, item: { type: 'string' }, quantity: { type: 'integer' } },
};

app.post('/orders', { schema: { body: newOrder } }, async (req, reply) => {
  const { id, item = 'tea', quantity = 1 } = req.body;
  const payment = await answerOf(`${PAYMENT_URL}/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, item, quantity, amount: quantity * 3 }),
  });
  reply.code(201);
  return { id, state: payment.state, trail: [hop(id), ...payment.trail] };
});

app.get('/orders', async (req) => {
  const { id } = req.query;
  const stock = await answerOf(`${WAREHOUSE_URL}/stock?id=${encodeURIComponent(id)}`);
  return { id, orders: [{ item: 'tea', inStock: stock.stock.tea > 0 }], trail: [hop(id), ...stock.trail] };
});

app.get('/export', async (req, reply) => {
  const { id } = req.query;
  const { statusCode, body } = await request(`${WAREHOUSE_URL}/export?id=${encodeURIComponent(id)}`);
  if (statusCode >= 400) throw new Error(await body.text());
  async function* lines() {
    yield `${JSON.stringify(hop(id))}\n`;
    yield* body;
  }
  reply.type('application/x-ndjson');
  return reply.send(Readable.from(lines(), { objectMode: false }));
});

app.setErrorHandler((error, _req, reply) => {
  reply
    .code(error.validation ? 400 : 502)
    .type('text/plain')
    .send(`order: ${error.message}`);
});

await app.listen({ host: HOST, port: Number(PORT) });
const { address, port } = app.server.address();
console.log(`order ${RELEASE} listening on ${address}:${port}`);
