import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2, { type Http2ServerRequest, type Http2ServerResponse, type SecureServerOptions } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { DescService } from '@bufbuild/protobuf';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import grpc from '@grpc/grpc-js';

const require = createRequire(import.meta.url);
type Text = { readonly value: string };
type Answer = (said: string) => string;
const { Echo } = require('./fixture/echo.cjs') as { Echo: DescService };
export const { Grpc } = require('./fixture/echo-grpc.cjs') as { Grpc: grpc.ServiceDefinition };
const { tripleHandler } = require('../../../examples/dubbo/echo.cjs') as {
  tripleHandler(answer: Answer): (req: Http2ServerRequest, res: Http2ServerResponse) => void;
};

/** What a backend saw of a call. */
export interface SeenRpc {
  readonly at: string;
  readonly authority: string;
  readonly lane: string | null;
  readonly baggage: string | null;
  /** The caller's end of the connection. */
  readonly connection: string;
  /** null: without TLS, or not known. */
  readonly servername: string | null;
  /** What was sent. */
  readonly said: string;
}

/** A backend on two ports: `node:http2` with what can be mounted there (Connect, gRPC by Connect, Triple), and grpc-js. */
export interface RpcBackend {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
  /** Connections to `port` that are open. */
  readonly sessions: ReadonlySet<http2.ServerHttp2Session>;
  /** Streams of `port` that were begun, by their paths. */
  readonly paths: readonly string[];
  /** Pings that callers sent to `port`. */
  pings(): number;
  close(): Promise<void>;
}

const fixture = (name: string) => readFileSync(new URL(`fixture/${name}`, import.meta.url));

/** Starts a backend on a loopback address; ports 0: any. */
export async function startRpcBackend(
  name: string,
  host: string,
  ports: { readonly port: number; readonly grpcPort: number } = { port: 0, grpcPort: 0 },
  { isTls = false, settings = {} }: { isTls?: boolean; settings?: http2.Settings } = {},
): Promise<RpcBackend> {
  const paths: string[] = [];
  const seen = new AsyncLocalStorage<Omit<SeenRpc, 'said'>>();
  const answer = (said: string) => JSON.stringify({ ...seen.getStore(), said });
  const handlers = {
    say: (request: Text) => ({ value: answer(request.value) }),
    async *chat(requests: AsyncIterable<Text>) {
      for await (const { value } of requests) yield { value: answer(value) };
    },
  };
  // The service is described at run time: its types are not known.
  const connect = connectNodeAdapter({ routes: ({ service }) => service(Echo, handlers as never) });
  const triple = tripleHandler(answer);
  const onRequest = (req: Http2ServerRequest, res: Http2ServerResponse) => {
    paths.push(req.url);
    const { socket } = req;
    const store = {
      at: name,
      authority: String(req.headers[':authority'] ?? req.headers.host),
      lane: (req.headers['x-fairway-lane'] as string) ?? null,
      baggage: (req.headers['baggage'] as string) ?? null,
      connection: `${socket.remoteAddress}:${socket.remotePort}`,
      servername: (socket as TLSSocket).servername || null,
    };
    seen.run(store, () => {
      if (req.url.startsWith('/fairway.test.Echo/')) connect(req, res);
      else if (req.url.startsWith('/fairway.test.Triple/')) triple(req, res);
      else echo(req, res, answer).catch(() => res.stream?.destroy());
    });
  };
  const tlsOptions: SecureServerOptions = {
    key: fixture('key.pem'),
    cert: fixture('certificate.pem'),
    allowHTTP1: true,
    settings,
  };
  const server = isTls ? http2.createSecureServer(tlsOptions, onRequest) : http2.createServer({ settings }, onRequest);
  let pings = 0;
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session
      .on('ping', () => pings++)
      .on('error', () => undefined)
      .once('close', () => sessions.delete(session));
  });
  await once(server.listen(ports.port, host), 'listening');
  const streams = settings.maxConcurrentStreams;
  const grpcServer = new grpc.Server(streams ? { 'grpc.max_concurrent_streams': streams } : {});
  grpcServer.addService(Grpc, grpcHandlers(name));
  const credentials = isTls
    ? grpc.ServerCredentials.createSsl(null, [
        { private_key: fixture('key.pem'), cert_chain: fixture('certificate.pem') },
      ])
    : grpc.ServerCredentials.createInsecure();
  const grpcPort = await new Promise<number>((resolve, reject) => {
    grpcServer.bindAsync(`${host}:${ports.grpcPort}`, credentials, (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  return {
    name,
    host,
    port: (server.address() as AddressInfo).port,
    grpcPort,
    sessions,
    paths,
    pings: () => pings,
    async close() {
      grpcServer.forceShutdown();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `/hang` is never answered; anything else is, once its body came. */
async function echo(
  req: Http2ServerRequest,
  res: Http2ServerResponse,
  answer: (said: string) => string,
): Promise<void> {
  res.writeHead(200);
  if (req.url === '/hang') return;
  let said = '';
  for await (const chunk of req) said += chunk;
  res.end(answer(said));
}

type ServerCall = grpc.ServerUnaryCall<string, object> & grpc.ServerDuplexStream<string, object>;

function grpcHandlers(name: string): grpc.UntypedServiceImplementation {
  const one = (call: ServerCall, key: string) => (call.metadata.get(key)[0] as string | undefined) ?? null;
  const seen = (call: ServerCall, said: string): SeenRpc => ({
    at: name,
    authority: call.getHost(),
    lane: one(call, 'x-fairway-lane'),
    baggage: one(call, 'baggage'),
    connection: call.getPeer(),
    servername: null,
    said,
  });
  return {
    unary(call: ServerCall, callback: grpc.sendUnaryData<object>) {
      const isFirst = call.metadata.get('grpc-previous-rpc-attempts').length === 0;
      if (call.request === 'fail once' && isFirst) callback({ code: grpc.status.UNAVAILABLE, details: 'try again' });
      else callback(null, seen(call, call.request));
    },
    async clientStream(call: ServerCall, callback: grpc.sendUnaryData<object>) {
      let said = '';
      for await (const part of call) said += part;
      callback(null, seen(call, said));
    },
    serverStream(call: ServerCall) {
      for (const said of [call.request, call.request]) call.write(seen(call, said));
      call.end();
    },
    bidi(call: ServerCall) {
      call.on('data', (said: string) => call.write(seen(call, said)));
      call.on('end', () => call.end());
    },
  } as unknown as grpc.UntypedServiceImplementation;
}
