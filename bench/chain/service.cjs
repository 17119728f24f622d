'use strict';
// One service of the chain: answers itself, or asks the next one over kept connections and passes its answer on.
const http = require('node:http');

// All variants dial the next service by its name; where nothing else makes an address of that, this does.
const { HOST, PORT, NEXT, NEXT_ADDRESS } = process.env;
const resolve = (_name, { all }, then) =>
  all ? then(null, [{ address: NEXT_ADDRESS, family: 4 }]) : then(null, NEXT_ADDRESS, 4);
const lookup = NEXT_ADDRESS ? resolve : undefined;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
let latest;

function forward(_req, res) {
  const call = http.get(NEXT, { agent, lookup }, (answer) => {
    res.writeHead(answer.statusCode, { 'content-type': 'text/plain' });
    answer.pipe(res);
  });
  call.on('error', (error) => {
    res.writeHead(502);
    res.end(error.message);
  });
}

function answer(_req, res) {
  res.writeHead(200, { 'content-type': 'text/plain' });
  res.end('done');
}

function tellUsage(res) {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const headers = latest?.headers ?? {};
  res.end(JSON.stringify({ cpuMicros: user + system, rssBytes: rss, heapBytes: heapUsed, headers }));
}

const serve = NEXT ? forward : answer;
// Connections are kept between bursts: one that is closed just as it is used again would be a failed request.
const server = http.createServer({ keepAliveTimeout: 0 }, (req, res) => {
  if (req.url === '/usage') return tellUsage(res);
  latest = req;
  serve(req, res);
});
server.listen(Number(PORT), HOST, () => process.send?.('listening'));
process.on('disconnect', () => process.exit(0));
