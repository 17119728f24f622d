import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import got from 'got';
import Koa from 'koa';

const { HOST = '127.0.0.1', PORT = '8080', RELEASE = 'base', WAREHOUSE_URL = 'http://warehouse:8080' } = process.env;

const app = new Koa();
const router = new Router();
const warehouse = got.extend({ prefixUrl: WAREHOUSE_URL, retry: { limit: 0 } });

router.post('/payments', async (ctx) => {
  const { id, item, quantity } = ctx.request.body;
  const reservation = await warehouse.post('reservations', { json: { id, item, quantity } }).json();
  ctx.status = 201;
  ctx.body = {
    id,
    state: reservation.state,
    trail: [{ service: 'payment', release: RELEASE, id }, ...reservation.trail],
  };
});

app.use(async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    ctx.status = 502;
    ctx.type = 'text/plain';
    ctx.body = `payment: ${error.response?.body ?? error.message}`;
  }
});
app.use(bodyParser());
app.use(router.routes());

const server = app.listen(Number(PORT), HOST, () => {
  const { address, port } = server.address();
  console.log(`payment ${RELEASE} listening on ${address}:${port}`);
});
