import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { aLane, serve } from '../testbed.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

describe('the OpenAPI document', () => {
  it('has every route once, with a name of its own', async () => {
    const bed = await serve();
    const { paths } = (await bed.call('GET', '/api/v1/openapi.json')).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toMatchInlineSnapshot(`
      [
        "DELETE /api/v1/instances/{id}",
        "DELETE /api/v1/preservation",
        "DELETE /api/v1/requests/{id}",
        "DELETE /api/v1/resources/{namespace}/{kind}/{name}",
        "DELETE /api/v1/session",
        "DELETE /api/v1/tokens/{id}",
        "DELETE /api/v1/users/{name}",
        "GET /agent/v1/callers",
        "GET /agent/v1/stream",
        "GET /api/v1/agents",
        "GET /api/v1/audit",
        "GET /api/v1/backup",
        "GET /api/v1/comparison",
        "GET /api/v1/diagnoses",
        "GET /api/v1/diagnoses/{id}",
        "GET /api/v1/events",
        "GET /api/v1/follow/{id}",
        "GET /api/v1/instances",
        "GET /api/v1/instances/{id}/drain",
        "GET /api/v1/losses",
        "GET /api/v1/me",
        "GET /api/v1/namespaces",
        "GET /api/v1/oidc/callback",
        "GET /api/v1/oidc/login",
        "GET /api/v1/openapi.json",
        "GET /api/v1/preservation",
        "GET /api/v1/propagation",
        "GET /api/v1/releases",
        "GET /api/v1/releases/{namespace}/{name}",
        "GET /api/v1/releases/{namespace}/{name}/report",
        "GET /api/v1/replicas",
        "GET /api/v1/requests",
        "GET /api/v1/resources",
        "GET /api/v1/resources/{namespace}/{kind}/{name}",
        "GET /api/v1/resources/{namespace}/{kind}/{name}/history",
        "GET /api/v1/session",
        "GET /api/v1/tokens",
        "GET /api/v1/traces",
        "GET /api/v1/traces/{id}",
        "GET /api/v1/traffic",
        "GET /api/v1/traffic/series",
        "GET /api/v1/traffic/service",
        "GET /api/v1/traffic/stream",
        "GET /api/v1/users",
        "GET /api/v1/world",
        "GET /healthz",
        "GET /metrics",
        "GET /readyz",
        "POST /agent/v1/acks",
        "POST /agent/v1/diagnoses",
        "POST /agent/v1/hops",
        "POST /agent/v1/instances",
        "POST /agent/v1/ledger",
        "POST /agent/v1/state",
        "POST /agent/v1/stream",
        "POST /agent/v1/subscriptions",
        "POST /agent/v1/traffic",
        "POST /api/v1/apply",
        "POST /api/v1/follow",
        "POST /api/v1/gateways/{namespace}/{name}/applied",
        "POST /api/v1/instances/{id}/diagnoses",
        "POST /api/v1/instances/{id}/drain",
        "POST /api/v1/instances/{id}/resume",
        "POST /api/v1/releases",
        "POST /api/v1/releases/{namespace}/{name}/abort",
        "POST /api/v1/releases/{namespace}/{name}/approve",
        "POST /api/v1/releases/{namespace}/{name}/jump",
        "POST /api/v1/releases/{namespace}/{name}/pause",
        "POST /api/v1/releases/{namespace}/{name}/promote",
        "POST /api/v1/releases/{namespace}/{name}/resume",
        "POST /api/v1/requests/{id}/approve",
        "POST /api/v1/resources/{namespace}/{kind}/{name}/undo",
        "POST /api/v1/session",
        "POST /api/v1/tokens",
        "POST /api/v1/users",
        "PUT /api/v1/instances/{id}",
        "PUT /api/v1/me/password",
        "PUT /api/v1/namespaces/{name}",
        "PUT /api/v1/resources/{namespace}/{kind}/{name}",
        "PUT /api/v1/services/{namespace}/{name}",
        "PUT /api/v1/users/{name}",
      ]
    `);
    const names = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
    expect(new Set(names).size).toBe(names.length);
    // An unknown path answers 404 to any valid token; one that is served refuses a token of the wrong role before that.
    const agent = await bed.token('agent', 'shop');
    const wrong = { api: agent, metrics: agent, agent: bed.admin };
    for (const operation of operations) {
      const [method = '', path = ''] = operation.split(' ');
      const token = wrong[path.split('/')[1] as keyof typeof wrong];
      const { status } = await bed.call(method, path.replaceAll(/\{\w+\}/g, 'x'), undefined, { token });
      // Probes answer anyone, and anyone may sign in, who knows how.
      const open: Readonly<Record<string, number>> = {
        '/healthz': 200,
        '/readyz': 200,
        '/api/v1/session': 400,
        '/api/v1/oidc/login': 404,
        '/api/v1/oidc/callback': 404,
      };
      const isSignInWays = operation === 'GET /api/v1/session';
      const expected = method === 'DELETE' ? 403 : isSignInWays ? 200 : (open[path] ?? 403);
      expect([operation, status]).toEqual([operation, expected]);
    }
  });

  it('refers to nothing that it does not have', async () => {
    const bed = await serve();
    const document = (await bed.call('GET', '/api/v1/openapi.json')).body;
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      expect(document.components.schemas).toHaveProperty([String(reference).replace('#/components/schemas/', '')]);
    }
  });

  it('describes what the API answers', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'));
    await bed.streamingAgent('order-1', { lane: 'gray' });
    const document = (await bed.call('GET', '/api/v1/openapi.json')).body;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', ...document });
    const lane = '/api/v1/resources/{namespace}/{kind}/{name}';
    for (const [method, path, body] of [
      ['get', '/healthz'],
      ['get', '/api/v1/resources'],
      ['get', lane],
      ['put', lane, aLane('gray', { strict: true })],
      ['get', `${lane}/history`],
      ['post', `${lane}/undo`, {}],
      ['post', '/api/v1/apply', { resources: [aLane('blue')] }],
      ['get', '/api/v1/namespaces'],
      ['get', '/api/v1/instances'],
      ['get', '/api/v1/agents'],
      ['get', '/api/v1/world'],
      ['get', '/api/v1/preservation'],
      ['get', '/api/v1/audit'],
      ['get', '/api/v1/tokens'],
      ['post', '/api/v1/tokens', { name: 'x', role: 'viewer' }],
      ['get', '/api/v1/propagation', undefined, '?revision=0&timeoutMs=0'],
    ] as const satisfies [string, string, unknown?, string?][]) {
      const url =
        path.replace('{namespace}/{kind}/{name}', 'shop/Lane/gray') +
        (path.endsWith('propagation') ? '?revision=0&timeoutMs=0' : '');
      const answer = await bed.call(method.toUpperCase(), url, body);
      expect([path, answer.status]).toEqual([path, 200]);
      const pointer = `document#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/responses/200/content/application~1json/schema`;
      const validate = ajv.compile({ $ref: pointer });
      expect([path, validate(answer.body), validate.errors]).toEqual([path, true, null]);
    }
  });
});
