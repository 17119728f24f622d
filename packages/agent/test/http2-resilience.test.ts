import type { ClientHttp2Session, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { socketOf } from '../src/intercept/http2-internals.ts';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { type ScriptedService, startScriptedService } from './scripted-service.ts';

interface End {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: string;
}

/** What an instance does with a stream. */
type StreamScript = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

const GRPC = { 'content-type': 'application/grpc' };
const UNAVAILABLE = '14';
const VERSIONS = NODE_VERSIONS.filter(({ version }) => [16, 24, 26].includes(version));

describe.each(VERSIONS)('streams of HTTP/2 on Node.js $version', ({ version, node }) => {
  let service: ScriptedService;
  let app: Application;

  beforeAll(async () => {
    await ensureAgentBundle();
    service = await startScriptedService(version + 180, 3, true);
    service.begin();
    app = await startApplication(node, 'caller.cjs', agentEnvironment(service.plane));
    await call(1);
  });
  afterAll(async () => {
    await app?.stop();
    await service?.close();
  });

  const call = (count: number): Promise<End[]> =>
    app.ask(`/${encodeURIComponent(JSON.stringify({ client: 'http2', url: `${service.url}/`, count }))}`);

  /** Instance b does as it is told, the others are well; all that was learnt is forgotten. */
  async function begin(script: StreamScript, policy: object = {}): Promise<() => number> {
    service.plane.setInstances([]);
    service.begin({ balance: { algorithm: 'roundRobin' }, ...policy });
    await service.plane.acknowledged('shop/web');
    const [, b] = service.instances;
    if (!b) throw new Error('there is no instance b');
    b.script = script as never;
    return () => b.requests;
  }

  it.each<[string, StreamScript]>([
    ['answers with 500', (_, response) => response.writeHead(500).end()],
    [
      'answers with a gRPC status and no more',
      (_, { stream }) => stream.respond({ ...GRPC, 'grpc-status': UNAVAILABLE }, { endStream: true }),
    ],
    [
      'ends with a gRPC status',
      (_, response) => {
        response.writeHead(200, GRPC);
        response.addTrailers({ 'grpc-status': UNAVAILABLE });
        response.end('x');
      },
    ],
    ['resets all streams', ({ stream }) => stream.close(2)],
    ['loses its connections', ({ stream }) => socketOf(stream.session as object)?.destroy()],
  ])('leave an instance after five of them: it %s', async (_, script) => {
    const requests = await begin(script);
    await call(40);
    expect(requests()).toBe(5);
  });

  it('leave an instance that says goodbye on its connection', async () => {
    const requests = await begin((request, response) => {
      (request.stream.session as unknown as ClientHttp2Session).goaway();
      response.end('b');
    });
    const ends = await call(20);
    expect(requests()).toBe(1);
    expect([...new Set(ends.map(({ status }) => status))]).toEqual([200]);
  });

  it('end when their time is over', async () => {
    await begin(() => undefined, { timeout: { request: '200ms' } });
    const codes = (await call(6)).map(({ status, code }) => status ?? code);
    expect([...new Set(codes)].sort()).toEqual([200, 'FAIRWAY_TIMEOUT']);
  });
});
