'use strict';
// One service of the chain: answers itself, or asks the next one over kept connections and passes its answer on.
const http = require('node:http');

const { HOST, PORT, NEXT } = process.env;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function forward(_req, res) {
  const call = http.get(NEXT, { agent }, (answer) => {
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

const serve = NEXT ? forward : answer;
const server = http.createServer((req, res) => {
  if (req.url !== '/usage') return serve(req, res);
  res.end(JSON.stringify({ cpuMicros: process.cpuUsage(), rssBytes: process.memoryUsage.rss() }));
});
server.listen(Number(PORT), HOST, () => process.send?.('listening'));
process.on('disconnect', () => process.exit(0));
