const axios = require('axios');
const express = require('express');

const {
  HOST = '127.0.0.1',
  PORT = '8080',
  RELEASE = 'base',
  ORDER_URL = 'http://order:8080',
  WAREHOUSE_URL = 'http://warehouse:8080',
} = process.env;

const app = express();
const hop = (id) => ({ service: 'storefront', release: RELEASE, id });

app.use(express.json());

app.post('/checkout', async (req, res) => {
  const { id, item, quantity } = req.body;
  const order = await axios.post(`${ORDER_URL}/orders`, { id, item, quantity });
  res.status(201).json({ id, state: order.data.state, trail: [hop(id), ...order.data.trail] });
});

app.get('/home', async (req, res) => {
  const params = { id: req.query.id };
  const [orders, stock] = await Promise.all([
    axios.get(`${ORDER_URL}/orders`, { params }),
    axios.get(`${WAREHOUSE_URL}/stock`, { params }),
  ]);
  res.json({
    id: params.id,
    orders: orders.data.orders,
    stock: stock.data.stock,
    trail: [hop(params.id), ...orders.data.trail, ...stock.data.trail],
  });
});

app.get('/export', async (req, res) => {
  const { id } = req.query;
  const lines = await axios.get(`${ORDER_URL}/export`, { params: { id }, responseType: 'stream' });
  res.type('application/x-ndjson');
  res.write(`${JSON.stringify(hop(id))}\n`);
  lines.data.on('error', (error) => res.destroy(error));
  lines.data.pipe(res);
});

app.use((error, _req, res, _next) => {
  const told = typeof error.response?.data === 'string' ? error.response.data : error.message;
  res.status(502).type('text/plain').send(`storefront: ${told}`);
});

const server = app.listen(Number(PORT), HOST, () => {
  const { address, port } = server.address();
  console.log(`storefront ${RELEASE} listening on ${address}:${port}`);
});
