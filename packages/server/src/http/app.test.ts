import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aLane, serve, type Testbed } from '../testbed.ts';

/** What the server says to bytes on a bare socket, until it closes it. */
async function said(bed: Testbed, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(bed.url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  // What was sent and not read resets the connection; what was said before counts.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes);
  await closed;
  return text;
}

async function isUp(bed: Testbed): Promise<boolean> {
  return (await bed.call('GET', '/healthz')).status === 200;
}

describe('what is too large', () => {
  it('as headers is refused', async () => {
    const bed = await serve();
    const bomb = (lines: number) => `${'x-large: '.padEnd(100, 'y')}\r\n`.repeat(lines);
    const answer = (lines: number) => said(bed, `GET /healthz HTTP/1.1\r\nhost: x\r\n${bomb(lines)}\r\n`);
    await answer(100_000);
    expect(await answer(170)).toMatch(/^HTTP\/1.1 431 .*FAIRWAY_TOO_LARGE/s);
    expect(await isUp(bed)).toBe(true);
  });

  it('as a body is refused before it is read', async () => {
    const bed = await serve();
    const answer = await bed.call('POST', '/api/v1/apply', { resources: [], reason: 'x'.repeat(10 * 1024 * 1024) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'FAIRWAY_TOO_LARGE' } });
    expect(await isUp(bed)).toBe(true);
  });

  it('as a body of unknown length is refused, too', async () => {
    const bed = await serve();
    const status = await new Promise((resolve) => {
      const sent = request(`${bed.url}/api/v1/apply`, { method: 'POST', agent: false }, (response) => {
        resolve(response.statusCode);
        response.resume();
        sent.destroy();
      });
      sent.on('error', () => {});
      sent.setHeader('authorization', `Bearer ${bed.admin}`);
      sent.setHeader('content-type', 'application/json');
      for (let n = 0; n < 10; n++) sent.write('x'.repeat(1024 * 1024));
    });
    expect(status).toBe(413);
  });

  it('as a list of resources is refused', async () => {
    const bed = await serve();
    const resources = Array.from({ length: 5_001 }, (_, n) => aLane(`l-${n}`));
    const answer = await bed.apply(...resources);
    expect(answer.body.problems).toMatchObject([{ path: 'resources' }]);
  });

  it('as a page or a wait is refused', async () => {
    const bed = await serve();
    for (const path of ['/api/v1/audit?limit=1001', '/api/v1/propagation?revision=0&timeoutMs=30001']) {
      expect((await bed.call('GET', path)).status).toBe(400);
    }
  });
});

describe('what cannot be read', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', '400'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', '400'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
  ])('%s', async (_what, bytes, status) => {
    const bed = await serve();
    expect(await said(bed, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*FAIRWAY_INVALID`, 's'));
    expect(await isUp(bed)).toBe(true);
  });

  it('in time is given up', async () => {
    const bed = await serve({ limits: { requestTimeoutMs: 100 } });
    expect(await said(bed, 'GET /healthz HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1.1 408 /);
  });

  it.each([
    ['no JSON', '{"resources":'],
    ['a prototype', '{"resources":[],"__proto__":{"x":1}}'],
    ['a constructor', '{"resources":[],"constructor":{"prototype":{"x":1}}}'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['an unknown key', '{"resources":[],"dry":true}'],
    ['a string for a switch', '{"resources":[],"dryRun":"true"}'],
  ])('%s as a body', async (_what, body) => {
    const bed = await serve();
    expect(await bed.call('POST', '/api/v1/apply', body)).toMatchObject({
      status: 400,
      body: { code: 'FAIRWAY_INVALID' },
    });
  });

  it.each([
    ['/api/v1/resources?kind=Laen', 'kind'],
    ['/api/v1/resources?colour=red', 'colour'],
    ['/api/v1/propagation', 'revision'],
    ['/api/v1/propagation?revision=many', 'revision'],
  ])('%s', async (path, field) => {
    const bed = await serve();
    expect((await bed.call('GET', path)).body.problems).toMatchObject([{ path: field }]);
  });

  it('as another type', async () => {
    const bed = await serve();
    const headers = { 'content-type': 'text/plain' };
    expect((await bed.call('POST', '/api/v1/apply', 'x', { headers })).status).toBe(400);
  });
});
