const { createServer } = require('node:http');

const { HOST = '127.0.0.1', PORT = '8080', RELEASE = 'base' } = process.env;

const hop = (id) => ({ service: 'datacenter', release: RELEASE, id });

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function sendJson(res, status, value) {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(value));
}

function sendLines(res, id) {
  res.writeHead(200, { 'content-type': 'application/x-ndjson' });
  res.write(`${JSON.stringify(hop(id))}\n`);
  let row = 0;
  const next = () => {
    if (row === 5) return res.end();
    row += 1;
    res.write(`${JSON.stringify({ id, row })}\n`);
    setImmediate(next);
  };
  next();
}

async function answer(req, res) {
  const { pathname, searchParams } = new URL(req.url, 'http://datacenter');
  const id = searchParams.get('id');
  if (req.method === 'POST' && pathname === '/records') {
    const record = await bodyOf(req);
    return sendJson(res, 201, { id: record.id, trail: [hop(record.id)] });
  }
  if (pathname === '/stock') return sendJson(res, 200, { id, stock: { tea: 12 }, trail: [hop(id)] });
  if (pathname === '/export') return sendLines(res, id);
  return sendJson(res, 404, { error: `no ${req.method} ${pathname} here` });
}

const server = createServer((req, res) => {
  answer(req, res).catch((error) => {
    res.writeHead(400, { 'content-type': 'text/plain' });
    res.end(`datacenter: ${error.message}`);
  });
});

server.listen(Number(PORT), HOST, () => {
  const { address, port } = server.address();
  console.log(`datacenter ${RELEASE} listening on ${address}:${port}`);
});
