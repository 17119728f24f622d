// A gateway for devices in the field. A line `ORDER <id> [item] [quantity]` is answered by one line of JSON.
const http = require('node:http');
const net = require('node:net');
const readline = require('node:readline');

const { HOST = '127.0.0.1', PORT = '9000', RELEASE = 'base', ORDER_URL = 'http://order:8080' } = process.env;

function post(url, value) {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => {
        text += chunk;
      });
      res.on('end', () => (res.statusCode < 400 ? resolve(JSON.parse(text)) : reject(new Error(text))));
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(JSON.stringify(value));
  });
}

async function answer(line) {
  const [verb, id, item = 'tea', quantity = '1'] = line.trim().split(/\s+/);
  if (verb !== 'ORDER' || !id) return { error: 'expected: ORDER <id> [item] [quantity]' };
  try {
    const order = await post(`${ORDER_URL}/orders`, { id, item, quantity: Number(quantity) });
    return { id, state: order.state, trail: [{ service: 'device', release: RELEASE, id }, ...order.trail] };
  } catch (error) {
    return { id, error: `device: ${error.message}` };
  }
}

const server = net.createServer((socket) => {
  socket.on('error', () => socket.destroy());
  readline.createInterface({ input: socket }).on('line', async (line) => {
    const reply = await answer(line);
    if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
  });
});

server.listen(Number(PORT), HOST, () => {
  const { address, port } = server.address();
  console.log(`device ${RELEASE} listening on ${address}:${port}`);
});
