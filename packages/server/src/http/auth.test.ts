import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { aLane, serve } from '../testbed.ts';
import { FailedAttempts } from './failed-attempts.ts';

describe('who may do what', () => {
  it.each([
    ['GET', '/healthz', 200, 200, 200, 200],
    ['GET', '/readyz', 200, 200, 200, 200],
    ['GET', '/api/v1/openapi.json', 401, 200, 403, 200],
    ['GET', '/api/v1/resources', 401, 200, 403, 200],
    ['GET', '/api/v1/namespaces', 401, 200, 403, 200],
    ['GET', '/api/v1/instances', 401, 200, 403, 200],
    ['GET', '/api/v1/agents', 401, 200, 403, 200],
    ['GET', '/api/v1/world', 401, 200, 403, 200],
    ['GET', '/api/v1/audit', 401, 200, 403, 200],
    ['GET', '/api/v1/tokens', 401, 403, 403, 200],
    ['POST', '/api/v1/apply', 401, 403, 403, 400],
    ['PUT', '/api/v1/namespaces/shop', 401, 403, 403, 400],
    ['PUT', '/api/v1/services/shop/none', 401, 403, 403, 400],
    ['PUT', '/api/v1/instances/none', 401, 403, 403, 400],
    ['DELETE', '/api/v1/resources/shop/Lane/none', 401, 403, 403, 404],
    ['POST', '/agent/v1/instances', 401, 403, 400, 403],
    ['GET', '/agent/v1/stream?instance=none', 401, 403, 404, 403],
    ['POST', '/agent/v1/stream', 401, 403, 400, 403],
    ['GET', '/nowhere', 401, 404, 404, 404],
  ])('%s %s', async (method, path, nobody, reader, agent, admin) => {
    const bed = await serve();
    const body = method === 'POST' || method === 'PUT' ? {} : undefined;
    const status = async (token: string | undefined) => (await bed.call(method, path, body, { token })).status;
    expect({
      nobody: await status(undefined),
      reader: await status(await bed.token('reader')),
      agent: await status(await bed.token('agent', 'shop')),
      admin: await status(bed.admin),
    }).toEqual({ nobody, reader, agent, admin });
  });

  it.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['no secret', { authorization: 'Bearer ' }],
    ['a secret that is none', { authorization: 'Bearer fwy_admin_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['a long one', { authorization: `Bearer ${'x'.repeat(8_000)}` }],
  ])('is told to bring a token when there is %s', async (_what, headers) => {
    const bed = await serve();
    const answer = await bed.call('GET', '/api/v1/resources', undefined, { token: undefined, headers });
    expect(answer).toMatchObject({ status: 401, body: { code: 'FAIRWAY_UNAUTHENTICATED' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('tokens', () => {
  it('are shown once, and say whose they are', async () => {
    const bed = await serve();
    const made = await bed.call('POST', '/api/v1/tokens', { name: 'ci', role: 'reader' });
    expect(made.body).toMatchObject({ name: 'ci', role: 'reader', namespace: null });
    expect(made.body.token).toMatch(/^fwy_reader_[\w-]{43}$/);
    const listed = JSON.stringify((await bed.call('GET', '/api/v1/tokens')).body);
    expect(listed).toContain('"name":"ci"');
    expect(listed).not.toContain(made.body.token);
    expect(listed).not.toContain('hash');
  });

  it('of agents are bound to a namespace, others are not', async () => {
    const bed = await serve();
    const order = (body: object) => bed.call('POST', '/api/v1/tokens', { name: 'x', ...body });
    for (const body of [{ role: 'agent' }, { role: 'admin', namespace: 'shop' }, { role: 'agent', namespace: 'A_b' }]) {
      expect((await order(body)).body.problems).toMatchObject([{ path: 'namespace' }]);
    }
    expect((await order({ role: 'king' })).body.problems).toMatchObject([{ path: 'role' }]);
  });

  it('are no longer valid once taken back; the last admin token stays', async () => {
    const bed = await serve();
    const made = (await bed.call('POST', '/api/v1/tokens', { name: 'ci', role: 'admin' })).body;
    const { items } = (await bed.call('GET', '/api/v1/tokens')).body;
    const first = items.find(({ name }: { name: string }) => name === 'admin');
    expect((await bed.call('DELETE', `/api/v1/tokens/${first.id}`, undefined, { token: made.token })).status).toBe(204);
    expect((await bed.call('GET', '/api/v1/tokens')).status).toBe(401);
    const last = await bed.call('DELETE', `/api/v1/tokens/${made.id}`, undefined, { token: made.token });
    expect(last).toMatchObject({ status: 409 });
    expect((await bed.call('DELETE', '/api/v1/tokens/none', undefined, { token: made.token })).status).toBe(404);
  });

  it('sign what is done with them', async () => {
    const bed = await serve();
    const { token } = (await bed.call('POST', '/api/v1/tokens', { name: 'deploy', role: 'admin' })).body;
    await bed.call('PUT', '/api/v1/resources/shop/Lane/gray', aLane('gray'), { token });
    expect((await bed.call('GET', '/api/v1/resources')).body.items).toMatchObject([{ author: 'deploy' }]);
  });

  it('never come into the log', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const bed = await serve({ log: { level: 'debug', stream } });
    const token = await bed.token('agent', 'shop');
    await bed.streamingAgent('order-1', {}, token);
    await bed.call('GET', '/api/v1/resources', undefined, { token: 'fwy_admin_wrong-but-secret' });
    await bed.close();
    expect(lines.join('')).toContain('Server listening');
    for (const secret of [bed.admin, token, 'wrong-but-secret']) expect(lines.join('')).not.toContain(secret);
  });
});

describe('guessing', () => {
  it('is slowed down, for the guesser alone', async () => {
    const bed = await serve({ limits: { maxFailedAttempts: 3 } });
    const guess = () => bed.call('GET', '/api/v1/resources', undefined, { token: 'fwy_admin_guess' });
    for (let time = 0; time < 3; time++) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused).toMatchObject({ status: 429, body: { code: 'FAIRWAY_RATE_LIMITED' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await bed.call('GET', '/api/v1/resources')).status).toBe(200);
  });

  it('is counted by address and by window', () => {
    const failed = new FailedAttempts(2, 1_000);
    expect([failed.add('a', 0), failed.add('a', 1), failed.add('a', 2), failed.add('b', 3)]).toEqual([0, 0, 998, 0]);
    expect(failed.add('a', 1_000)).toBe(0);
  });
});
