import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { startWorld, type World } from './world.ts';

const LANES = ['gray', '', 'gray', 'gray', '', ''];
const expected = LANES.map((lane) => {
  const at = lane ? 'order-gray' : 'order-base';
  return { handler: at, data: at, end: at };
});
const labelled = (lane: string) => (lane ? { 'x-fairway-lane': lane } : {});

describe.each(NODE_VERSIONS)('an HTTP/2 server on Node.js $version', ({ version, node }) => {
  let world: World;
  let app: Application;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(100 + version);
    app = await startApplication(node, 'http2-hop.cjs', agentEnvironment(world.plane, { ORDER_URL: world.orderUrl }));
    await world.plane.acknowledged('shop/web');
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  it.each(['/stream', '/compat'])(
    'keeps the lane of %s in handlers and events, of many on one connection',
    async (path) => {
      for (const url of [`http://127.0.0.1:${app.port}`, `https://127.0.0.1:${app.tcpPort}`]) {
        const session = http2.connect(url, { rejectUnauthorized: false });
        const answers = await Promise.all(LANES.map((lane) => post(session, path, lane)));
        session.close();
        expect([url, answers]).toEqual([url, expected]);
      }
    },
  );

  it('keeps the lane of requests that speak HTTP/1.1 to it', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const answers = await Promise.all(LANES.map((lane) => postOverHttp1(app.tcpPort, lane, agent)));
    agent.destroy();
    expect(answers).toEqual(expected);
  });
});

async function post(session: http2.ClientHttp2Session, path: string, lane: string): Promise<unknown> {
  const stream = session.request({ ':method': 'POST', ':path': path, ...labelled(lane) });
  stream.write('abc');
  stream.end('def');
  let text = '';
  for await (const chunk of stream) text += chunk;
  return JSON.parse(text);
}

async function postOverHttp1(port: number, lane: string, agent: https.Agent): Promise<unknown> {
  const req = https.request({ host: '127.0.0.1', port, method: 'POST', headers: labelled(lane), agent });
  req.end('abc');
  const [res] = (await once(req, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const chunk of res) text += chunk;
  return JSON.parse(text);
}
