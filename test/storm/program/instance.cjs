'use strict';
// One instance of a service of the storm, as people write them: HTTP/1.1, HTTP/2 and gRPC on three ports. It answers after a few
// milliseconds, some requests by asking the next service over kept connections. STYLE says what it does at SIGTERM. With COLD_MS it is
// cold when it starts: so long, each request keeps it busy for some time, at first 50 ms, at the end none.
const http = require('node:http');
const http2 = require('node:http2');
const grpc = require('@grpc/grpc-js');

const { HOST, NAME, NEXT, STYLE = 'none', COLD_MS = '0' } = process.env;
const COLD_WORK_MS = 50;
const kept = new http.Agent({ keepAlive: true });
/** What the harness told it: how it behaves, and, where there is no agent, whom it may call. */
const told = { mode: 'ok', next: NEXT ? [NEXT] : [] };
let turn = 0;
let busy = 0;
let served = 0;

/** Between 1 and 16 ms, by the request's id alone. */
const workMs = (id) => (1 + (Number(id) % 16)) * (told.mode === 'slow' ? 20 : 1);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let coldSinceMs;
let lastCold = Promise.resolve();

/** Cold work is done one request at a time. */
function warmUp() {
  lastCold = lastCold.then(() => {
    const share = 1 - (performance.now() - coldSinceMs) / Number(COLD_MS);
    return share > 0 ? pause(COLD_WORK_MS * share) : undefined;
  });
  return lastCold;
}

function askNext(id) {
  return new Promise((resolve, reject) => {
    const origin = told.next[turn++ % told.next.length];
    const req = http.get(`${origin}/work?id=${id}`, { agent: kept, timeout: 8000 }, (res) => {
      res.resume().once('error', reject);
      res.once('end', () => (res.statusCode === 200 ? resolve() : reject(new Error(`next: ${res.statusCode}`))));
    });
    req.once('timeout', () => req.destroy(new Error('next: no answer')));
    req.once('error', reject);
  });
}

/** Does the work of a request, and gives its answer. Rejects where it failed. */
async function work(id) {
  busy++;
  served++;
  if (told.mode === 'hang') await new Promise(() => {});
  try {
    if (COLD_MS !== '0') await warmUp();
    await pause(workMs(id));
    if (told.mode === 'errors') throw new Error('sick');
    if (told.next.length > 0 && Number(id) % 2 === 0) await askNext(id);
    return `${NAME} ${id}`;
  } finally {
    busy--;
  }
}

const idOf = (path) => new URL(path, 'http://local').searchParams.get('id');

const overHttp = http.createServer((req, res) => {
  req.resume().once('end', () => {
    work(idOf(req.url)).then(
      (text) => res.end(text),
      (error) => res.writeHead(error.message === 'sick' ? 500 : 502).end(error.message),
    );
  });
});

const overHttp2 = http2.createServer();
overHttp2.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  const answer = (status, text) => {
    if (stream.destroyed) return;
    stream.respond({ ':status': status });
    stream.end(text);
  };
  work(idOf(headers[':path'])).then(
    (text) => answer(200, text),
    (error) => answer(error.message === 'sick' ? 500 : 502, error.message),
  );
});

const asIs = (buffer) => buffer;
const overGrpc = new grpc.Server();
overGrpc.addService(
  {
    work: {
      path: '/storm.Storm/Work',
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  {
    work({ request }, answer) {
      work(String(request)).then(
        (text) => answer(null, Buffer.from(text)),
        (error) => answer({ code: grpc.status.UNAVAILABLE, message: error.message }),
      );
    },
  },
);

/** The wall clock as the application and all that runs in it see it. */
function jump(ms) {
  const now = Date.now;
  Date.now = () => now() + ms;
}

const control = http.createServer(async (req, res) => {
  let text = '';
  for await (const chunk of req) text += chunk;
  const { jumpMs, ...rest } = JSON.parse(text);
  Object.assign(told, rest);
  if (jumpMs) jump(jumpMs);
  // Refused from now on: nobody listens, what is connected goes on.
  if (told.mode === 'refuse') for (const server of [overHttp, overHttp2]) server._handle?.close();
  if (told.mode === 'exit') process.exit(0);
  res.end(JSON.stringify({ busy, served }));
});

if (STYLE === 'exit') process.on('SIGTERM', () => process.exit(0));
if (STYLE === 'close') {
  process.on('SIGTERM', () => {
    overHttp.close();
    overHttp2.close();
    control.close();
    overGrpc.tryShutdown(() => process.exit(0));
  });
}

const listen = (server, port) => new Promise((resolve) => server.listen(port, HOST, resolve));
const bind = (port) =>
  new Promise((resolve, reject) => {
    overGrpc.bindAsync(`${HOST}:${port}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
Promise.all([listen(overHttp, 8080), listen(overHttp2, 8081), bind(8082), listen(control, 8079)]).then(() => {
  coldSinceMs = performance.now();
  console.log(`${NAME} listening`);
});
