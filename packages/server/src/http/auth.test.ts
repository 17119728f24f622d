import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { aLane, serve } from '../testbed.ts';
import { FailedAttempts } from './failed-attempts.ts';

describe('who may do what', () => {
  it.each([
    ['GET', '/healthz', 200, 200, 200, 200, 200],
    ['GET', '/readyz', 200, 200, 200, 200, 200],
    ['GET', '/api/v1/openapi.json', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/me', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/resources', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/namespaces', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/instances', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/agents', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/world', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/audit', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/releases', 401, 200, 200, 403, 200],
    ['GET', '/api/v1/tokens', 401, 403, 403, 403, 200],
    ['POST', '/api/v1/tokens', 401, 403, 403, 403, 400],
    ['POST', '/api/v1/apply', 401, 403, 400, 403, 400],
    ['POST', '/api/v1/releases', 401, 403, 400, 403, 400],
    ['POST', '/api/v1/releases/shop/none/approve', 401, 403, 404, 403, 404],
    ['PUT', '/api/v1/namespaces/shop', 401, 403, 400, 403, 400],
    ['PUT', '/api/v1/services/shop/none', 401, 403, 400, 403, 400],
    ['PUT', '/api/v1/instances/none', 401, 403, 400, 403, 400],
    ['DELETE', '/api/v1/instances/none', 401, 403, 403, 403, 404],
    ['DELETE', '/api/v1/resources/shop/Lane/none', 401, 403, 404, 403, 404],
    ['DELETE', '/api/v1/resources/shop/Namespace/shop', 401, 403, 403, 403, 404],
    ['POST', '/agent/v1/instances', 401, 403, 403, 400, 403],
    ['GET', '/agent/v1/stream?instance=none', 401, 403, 403, 404, 403],
    ['POST', '/agent/v1/stream', 401, 403, 403, 400, 403],
    ['GET', '/nowhere', 401, 404, 404, 404, 404],
  ])('%s %s', async (method, path, nobody, viewer, operator, agent, admin) => {
    const bed = await serve();
    const body = method === 'POST' || method === 'PUT' ? {} : undefined;
    const status = async (token: string | undefined) => (await bed.call(method, path, body, { token })).status;
    expect({
      nobody: await status(undefined),
      viewer: await status(await bed.token('viewer')),
      operator: await status(await bed.token('operator')),
      agent: await status(await bed.token('agent', 'shop')),
      admin: await status(bed.admin),
    }).toEqual({ nobody, viewer, operator, agent, admin });
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
    const made = await bed.call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' });
    expect(made.body).toMatchObject({ name: 'ci', role: 'viewer', namespace: null });
    expect(made.body.token).toMatch(/^fwy_viewer_[\w-]{43}$/);
    const listed = JSON.stringify((await bed.call('GET', '/api/v1/tokens')).body);
    expect(listed).toContain('"name":"ci"');
    expect(listed).not.toContain(made.body.token);
    expect(listed).not.toContain('hash');
  });

  it('of agents are bound to a namespace, others may be', async () => {
    const bed = await serve();
    const order = (body: object) => bed.call('POST', '/api/v1/tokens', { name: 'x', ...body });
    for (const body of [{ role: 'agent' }, { role: 'agent', namespace: 'A_b' }]) {
      expect((await order(body)).body.problems).toMatchObject([{ path: 'namespace' }]);
    }
    expect((await order({ role: 'operator', namespace: 'shop' })).body).toMatchObject({
      role: 'operator',
      namespace: 'shop',
    });
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

describe('a token of one namespace', () => {
  const bedOfTwo = async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'), aLane('blue', {}, 'bank'));
    await bed.streamingAgent('order-1');
    await bed.streamingAgent('bank-1', { service: 'bank/ledger' });
    return bed;
  };
  const about = (text: string) => ({
    shop: text.includes('shop') || text.includes('order-1'),
    bank: /bank/.test(text),
  });

  it.each([
    '/api/v1/resources',
    '/api/v1/namespaces',
    '/api/v1/instances',
    '/api/v1/agents',
    '/api/v1/world',
    '/api/v1/traffic',
    '/api/v1/audit',
  ])('reads of it, and of no other, at %s', async (path) => {
    const bed = await bedOfTwo();
    const token = await bed.token('viewer', 'shop');
    const answer = await bed.call('GET', path, undefined, { token });
    expect(answer.status).toBe(200);
    expect(about(JSON.stringify(answer.body))).toEqual({ shop: true, bank: false });
    expect(about(JSON.stringify((await bed.call('GET', path)).body))).toEqual({ shop: true, bank: true });
    const other = await bed.call('GET', `${path}?namespace=bank`, undefined, { token });
    if (path === '/api/v1/namespaces') expect(other.body).toEqual(answer.body);
    else expect(other).toMatchObject({ status: 403, body: { detail: expect.stringContaining('for namespace shop') } });
  });

  it('changes what is in it, and nothing else', async () => {
    const bed = await bedOfTwo();
    const token = await bed.token('operator', 'shop');
    const admin = await bed.token('admin', 'shop');
    const status = async (method: string, path: string, body?: object, by = token) =>
      (await bed.call(method, `/api/v1/${path}`, body, { token: by })).status;
    const lane = (namespace: string) => aLane('red', {}, namespace);
    expect(await status('POST', 'apply', { resources: [lane('shop')] })).toBe(200);
    expect(await status('POST', 'apply', { resources: [lane('bank')] })).toBe(403);
    expect(await status('POST', 'apply', { resources: [lane('shop'), lane('bank')] })).toBe(403);
    expect(await status('PUT', 'resources/bank/Lane/red', lane('bank'))).toBe(403);
    expect(await status('DELETE', 'resources/bank/Lane/blue')).toBe(403);
    expect(await status('POST', 'resources/bank/Lane/blue/undo', {})).toBe(403);
    expect(await status('GET', 'resources/bank/Lane/blue/history')).toBe(403);
    expect(await status('PUT', 'namespaces/bank', { enabled: false })).toBe(403);
    expect(await status('PUT', 'namespaces/shop', { enabled: true })).toBe(200);
    expect(await status('PUT', 'services/bank/ledger', { enabled: false })).toBe(403);
    expect(await status('PUT', 'instances/bank-1', { enabled: false })).toBe(403);
    expect(await status('POST', 'instances/bank-1/drain')).toBe(403);
    expect(await status('POST', 'instances/bank-1/diagnoses', { kind: 'handles' })).toBe(403);
    expect(await status('DELETE', 'instances/bank-1', undefined, admin)).toBe(403);
    expect(await status('GET', 'traffic/service?service=bank/ledger')).toBe(403);
    expect(await status('GET', 'traffic/series?to=bank/ledger')).toBe(403);
    expect(await status('GET', 'comparison?namespace=bank&lane=blue')).toBe(403);
    expect(await status('GET', 'losses?namespace=bank')).toBe(403);
    expect(await status('GET', 'releases/bank/none')).toBe(403);
    const spec = { lane: 'blue', services: ['ledger'], entry: { services: ['ledger'] }, steps: [{ percent: 1 }] };
    const release = { apiVersion: 'fairway.dev/v1', kind: 'Release', metadata: { name: 'r', namespace: 'bank' }, spec };
    expect(await status('POST', 'releases', { release })).toBe(403);
    // Nor is a service of another steered from here.
    const foreign = async (kind: string, spec: object) => {
      const resource = { apiVersion: 'fairway.dev/v1', kind, metadata: { name: 'x', namespace: 'shop' }, spec };
      const answer = await bed.call('POST', '/api/v1/apply', { resources: [resource] }, { token });
      return [answer.status, answer.body.detail?.split(':')[0]];
    };
    const services = ['order', 'bank/ledger'];
    expect(await foreign('Lane', { entry: [{ services, percent: 1 }] })).toEqual([403, 'spec.entry[0].services']);
    expect(await foreign('Policy', { services })).toEqual([403, 'spec.services']);
    expect(await foreign('Route', { service: 'bank/ledger', rules: [{ to: [{}] }] })).toEqual([403, 'spec.service']);
    expect(await foreign('Policy', { services: ['order', 'shop/payment'] })).toEqual([200, undefined]);
    const own = { ...release, metadata: { name: 'r', namespace: 'shop' } };
    for (const over of [{ services: ['bank/ledger'] }, { entry: { services: ['bank/ledger'] } }]) {
      expect(await status('POST', 'releases', { release: { ...own, spec: { ...spec, ...over } } })).toBe(403);
    }
    // What is about all of them takes a token of all of them.
    expect(await status('GET', 'tokens', undefined, admin)).toBe(403);
    expect(await status('POST', 'tokens', { name: 'x', role: 'admin' }, admin)).toBe(403);
    expect(await status('GET', 'preservation')).toBe(403);
    expect(await status('GET', 'traces')).toBe(403);
    expect((await bed.call('GET', '/api/v1/me', undefined, { token })).body).toEqual({
      name: 'operator of a test',
      role: 'operator',
      namespace: 'shop',
      csrf: null,
    });
  });

  it('hears of what changes in it, and of nothing else', async () => {
    const bed = await bedOfTwo();
    const token = await bed.token('viewer', 'shop');
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${bed.url}/api/v1/events`, { headers, signal: abort.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    await bed.apply(aLane('blue', { strict: true }, 'bank'));
    await bed.apply(aLane('gray', { strict: true }));
    let heard = '';
    while (!heard.includes('shop/Lane/gray')) heard += (await reader.read()).value ?? '';
    expect(about(heard)).toEqual({ shop: true, bank: false });
    abort.abort();
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
