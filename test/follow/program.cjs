// A service that knows nothing of lanes: it serves HTTP/1.1, HTTP/2 and gRPC, and asks the next one by the protocol that it is told.
const http = require('node:http');
const http2 = require('node:http2');
const grpc = require('@grpc/grpc-js');

const { HOST, NAME, NEXT, NEXT_HOST } = process.env;
const [PORT, HTTP2_PORT, GRPC_PORT] = process.env.PORTS.split(',').map(Number);
const METHOD = '/shop.Chain/Ask';

const definition = {
  Ask: {
    path: METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: (text) => Buffer.from(text),
    requestDeserialize: String,
    responseSerialize: (text) => Buffer.from(text),
    responseDeserialize: String,
  },
};
const agent = new http.Agent({ keepAlive: true });
let session;
let stub;

const read = async (stream) => {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
};
const ask = {
  http: (path) =>
    new Promise((resolve, reject) => {
      http.get({ agent, host: NEXT, port: PORT, path }, (res) => resolve(read(res))).on('error', reject);
    }),
  fetch: async (path) => (await fetch(`http://${NEXT}:${PORT}${path}`)).text(),
  http2: (path) => {
    session ??= http2.connect(`http://${NEXT}:${HTTP2_PORT}`).on('error', () => {});
    return read(session.request({ ':path': path }));
  },
  // By the address of an instance: gRPC looks names up by itself.
  grpc: (path) =>
    new Promise((resolve, reject) => {
      const Client = grpc.makeGenericClientConstructor(definition, 'shop.Chain');
      stub ??= new Client(`${NEXT_HOST}:${GRPC_PORT}`, grpc.credentials.createInsecure());
      stub.Ask(path, (error, text) => (error ? reject(error) : resolve(text)));
    }),
};

/** What this service saw, and what the next one did. */
async function answer(path, header, traceparent) {
  const via = new URL(path, 'http://any').searchParams.get('via');
  const next = NEXT ? JSON.parse(await ask[via](path)) : null;
  return JSON.stringify({ at: NAME, header, traceparent, next });
}

const handler = (req, res) => {
  answer(req.url, req.headers['x-fairway-follow'] ?? null, req.headers.traceparent ?? null).then(
    (text) => res.end(text),
    (error) => {
      res.statusCode = 500;
      res.end(String(error));
    },
  );
};

const rpc = new grpc.Server();
rpc.addService(definition, {
  Ask({ request, metadata }, done) {
    const headerOf = (name) => metadata.get(name)[0] ?? null;
    answer(request, headerOf('x-fairway-follow'), headerOf('traceparent')).then((text) => done(null, text), done);
  },
});

http.createServer(handler).listen(PORT, HOST, () => {
  http2.createServer(handler).listen(HTTP2_PORT, HOST, () => {
    rpc.bindAsync(`${HOST}:${GRPC_PORT}`, grpc.ServerCredentials.createInsecure(), () =>
      console.log(`listening ${PORT}`),
    );
  });
});
