'use strict';
// One process in the place of many instances: it answers on every address of a list, and keeps connections until a
// message tells it to close them.
const http = require('node:http');

const { HOSTS, PORT } = process.env;

function answer(_req, res) {
  res.writeHead(200, { 'content-type': 'text/plain' });
  res.end('done');
}

let waiting = 0;
const servers = HOSTS.split(',').map((host) => {
  waiting++;
  return http.createServer({ keepAliveTimeout: 0 }, answer).listen(Number(PORT), host, () => {
    if (--waiting === 0) process.send?.('listening');
  });
});
process.on('message', () => {
  for (const server of servers) server.closeAllConnections();
  process.send?.('closed');
});
process.on('disconnect', () => process.exit(0));
