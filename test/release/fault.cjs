// Makes a service that knows nothing of it slow, or fail now and then: DELAY_MS before each answer, FAIL of the answers.
const http = require('node:http');

const delayMs = Number(process.env.DELAY_MS ?? 0);
const failing = Number(process.env.FAIL ?? 0);
const emit = http.Server.prototype.emit;

let n = 0;

http.Server.prototype.emit = function (event, ...args) {
  if (event !== 'request' || String(this.address()?.port) !== process.env.PORT) return emit.call(this, event, ...args);
  const [req, res] = args;
  // Evenly, so that a share is what it says in a few hundred requests as well.
  if (failing > 0 && Math.floor(++n * failing) > Math.floor((n - 1) * failing)) {
    req.resume();
    res.writeHead(500).end('planted');
    return true;
  }
  setTimeout(() => emit.call(this, event, req, res), delayMs);
  return true;
};
