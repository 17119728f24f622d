// Two services that know nothing of lanes. `order` answers and says how long it took; `web` calls it as often as it is told, and counts itself.
const http = require('node:http');
const { performance } = require('node:perf_hooks');

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

/** With `FAULTY`, a fifth of the orders fails beside those that always do. */
function statusOf(n) {
  if (process.env.FAULTY && n % 5 === 1) return 500;
  return n % 10 === 0 ? 503 : n % 7 === 0 ? 404 : 200;
}

function order(req, res) {
  const begun = performance.now();
  const n = Number(req.url.match(/\d+/)[0]);
  setTimeout(
    () => {
      const body = 'ok'.repeat(n % 100);
      res.writeHead(statusOf(n), {
        'content-length': body.length,
        'x-took-ms': performance.now() - begun,
        'x-host': process.env.HOST,
      });
      res.end(body);
    },
    1 + (n % 40),
  );
}

function call(port, n, counted) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const req = http.get({ agent, host: 'order', port, path: `/orders/${n}?verbose=1` }, (res) => {
      const one = {
        status: res.statusCode,
        host: res.headers['x-host'],
        seenMs: performance.now() - begun,
        tookMs: Number(res.headers['x-took-ms']),
        bytes: 0,
      };
      counted.push(one);
      res.on('data', ({ length }) => {
        one.bytes += length;
      });
      res.on('close', resolve);
    });
    req.on('error', (error) => {
      counted.push({ error: error.code });
      resolve();
    });
  });
}

async function web(req, res) {
  const query = new URL(req.url, 'http://web').searchParams;
  const counted = [];
  let next = 0;
  const worker = async () => {
    while (next < Number(query.get('calls'))) await call(Number(query.get('port')), next++, counted);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  res.end(JSON.stringify(counted));
}

const server = http.createServer(process.env.FAIRWAY_SERVICE === 'order' ? order : web);
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log(`listening ${server.address().port}`));
