import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientEvent } from './api.ts';
import { createClient } from './client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const gray = { namespace: 'shop', kind: 'Lane', name: 'gray' } as const;

describe('requests', () => {
  it('names the resource in the path, sends the token and the expected revision', async () => {
    const seen: unknown[] = [];
    const server = await serve((request, response, body) => {
      seen.push([request.method, request.url, request.headers.authorization, request.headers['if-match'], body]);
      response.end('{"items":[]}');
    });
    const client = createClient({ server: `${server}/`, token: 'secret' });
    await client.delete(gray, { ifRevision: 7 });
    await client.undo(gray, { to: 3 });
    await client.instances({ namespace: 'shop', lane: undefined });
    expect(seen).toEqual([
      ['DELETE', '/api/v1/resources/shop/Lane/gray', 'Bearer secret', '7', ''],
      ['POST', '/api/v1/resources/shop/Lane/gray/undo', 'Bearer secret', undefined, '{"to":3}'],
      ['GET', '/api/v1/instances?namespace=shop', 'Bearer secret', undefined, ''],
    ]);
  });

  it('keeps the path below which the control plane is published', async () => {
    let seen: string | undefined;
    const server = await serve((request, response) => {
      seen = request.url;
      response.end('{"items":[]}');
    });
    await createClient({ server: `${server}/fairway/` }).tokens();
    expect(seen).toBe('/fairway/api/v1/tokens');
  });
});

describe('replicas', () => {
  /** Where nobody listens. */
  async function nowhere(): Promise<string> {
    const url = await serve(() => {});
    await closers.pop()?.();
    return url;
  }

  it('are asked in turn where one cannot be reached, and the one that answered stays', async () => {
    const seen: string[] = [];
    const there = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('{"items":[]}');
    });
    const client = createClient({ server: `${await nowhere()}, ${there}` });
    await client.undo(gray);
    expect(client.server).toBe(there);
    await client.tokens();
    expect(seen).toEqual(['POST /api/v1/resources/shop/Lane/gray/undo', 'GET /api/v1/tokens']);
  });

  it('are not told a change twice: whoever took it and broke off may have made it', async () => {
    let taken = 0;
    const breaking = await serve((request) => {
      taken++;
      request.socket.destroy();
    });
    const there = await serve((_, response) => void response.end('{"items":[]}'));
    const client = createClient({ server: `${breaking},${there}` });
    await expect(client.undo(gray)).rejects.toMatchObject({ code: 'FAIRWAY_UNREACHABLE' });
    expect([taken, client.server]).toEqual([1, there]);
    const asking = createClient({ server: `${breaking},${there}` });
    expect(await asking.tokens()).toEqual([]);
  });

  it('are asked in turn where one does not answer, of what changes nothing', async () => {
    const frozen = await serve(() => {});
    const there = await serve((_, response) => void response.end('{"items":[]}'));
    const options = { server: `${frozen},${there}`, timeoutMs: 1_000 };
    expect(await createClient(options).tokens()).toEqual([]);
    await expect(createClient(options).undo(gray)).rejects.toThrow(/no answer in time/);
  });

  it('that are all away are said to be', async () => {
    const client = createClient({ server: `${await nowhere()},${await nowhere()}` });
    await expect(client.tokens()).rejects.toMatchObject({ code: 'FAIRWAY_UNREACHABLE' });
    expect(() => createClient({ server: 'http://a,b' })).toThrow(/found "b", expected an http\(s\) URL/);
  });
});

describe('errors', () => {
  it('come with the code and the problems that the server gave', async () => {
    const problems = [{ path: 'spec.entry[0].percent', found: '120', expected: 'at most 100' }];
    const server = await serve((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 400, code: 'FAIRWAY_INVALID', detail: 'Lane "gray": no', problems }));
    });
    await expect(createClient({ server }).get(gray)).rejects.toMatchObject({
      code: 'FAIRWAY_INVALID',
      message: 'Lane "gray": no',
      problems,
    });
  });

  it('say what to do when nothing listens', async () => {
    const server = await serve(() => {});
    await closers.pop()?.();
    await expect(createClient({ server }).namespaces()).rejects.toMatchObject({
      code: 'FAIRWAY_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ .*ECONNREFUSED.*fairway up/),
    });
  });

  it('end a request that is not answered in time', async () => {
    const server = await serve(() => {});
    await expect(createClient({ server, timeoutMs: 20 }).world()).rejects.toMatchObject({
      code: 'FAIRWAY_UNREACHABLE',
      message: expect.stringContaining('no answer in time'),
    });
  });

  it('map a bare status of something that is not a control plane', async () => {
    const server = await serve((_request, response) => response.writeHead(401).end('<html>'));
    await expect(createClient({ server }).world()).rejects.toMatchObject({ code: 'FAIRWAY_UNAUTHENTICATED' });
  });

  it('refuse a server that is no URL', () => {
    expect(() => createClient({ server: 'localhost' })).toThrow(/expected an http\(s\) URL/);
  });
});

describe('events', () => {
  const change = (revision: number) =>
    `event: change\ndata: ${JSON.stringify({ revision, type: 'resource', key: 'shop/Lane/gray' })}\n\n`;

  it('are read again after the stream broke, and say so', async () => {
    let streams = 0;
    const server = await serve((_request, response) => {
      streams += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`: ping\n\n${change(streams)}`, () => streams === 1 && response.destroy());
    });
    const stop = new AbortController();
    const seen: ClientEvent['type'][] = [];
    for await (const event of createClient({ server }).events(stop.signal)) {
      seen.push(event.type);
      if (event.type === 'resource' && event.revision === 2) stop.abort();
    }
    expect(seen).toEqual(['connected', 'resource', 'lost', 'connected', 'resource']);
  });

  it('end with the reason when the token is refused', async () => {
    const server = await serve((_request, response) => response.writeHead(403).end());
    const events = createClient({ server }).events(new AbortController().signal)[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ code: 'FAIRWAY_FORBIDDEN' });
  });
});
