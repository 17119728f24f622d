import { expect, it } from 'vitest';
import { serve } from '../testbed.ts';

const LOG = { log: { lines: ['info: link up'], dropped: 0 } };

it('an admin has an instance looked into, which is audited; nobody else may, and nobody else answers for it', async () => {
  const bed = await serve();
  const agent = await bed.streamingAgent('order-1');
  const stranger = await bed.streamingAgent('pay-1', { service: 'bank/pay', host: '10.0.0.9' });
  const path = '/api/v1/instances/order-1/diagnoses';
  const reader = await bed.token('viewer');
  expect((await bed.call('POST', path, { kind: 'log' }, { token: reader })).status).toBe(403);
  expect((await bed.call('GET', '/api/v1/diagnoses', undefined, { token: reader })).status).toBe(403);
  const { status, body } = await bed.call('POST', path, { kind: 'log', seconds: 1, reason: 'slow' });
  expect([status, body.state, body.author]).toEqual([200, 'running', 'admin']);
  const { body: audit } = await bed.call('GET', '/api/v1/audit');
  expect(audit.items[0]).toMatchObject({ action: 'instance-diagnosed', target: 'order-1 log 1 s', reason: 'slow' });
  const report = { instance: 'order-1', id: body.id, findings: LOG };
  expect((await stranger.post('diagnoses', report)).status).toBe(403);
  const held = bed.call('GET', `/api/v1/diagnoses/${body.id}`);
  expect((await agent.post('diagnoses', report)).status).toBe(204);
  expect((await held).body).toMatchObject({ state: 'done', findings: LOG });
  expect((await bed.call('GET', '/api/v1/diagnoses?instance=order-1')).body.items).toHaveLength(1);
});

it('what is no diagnosis is refused, and says what is wrong', async () => {
  const bed = await serve();
  const agent = await bed.streamingAgent('order-1');
  const path = '/api/v1/instances/order-1/diagnoses';
  for (const [body, field] of [
    [{ kind: 'soul' }, 'kind'],
    [{ kind: 'heap', seconds: 61 }, 'seconds'],
    [{ kind: 'heap', seconds: 'x' }, 'seconds'],
    [{}, 'kind'],
  ] as const) {
    const answer = await bed.call('POST', path, body);
    expect([answer.status, answer.body.problems[0].path]).toEqual([400, field]);
  }
  expect((await bed.call('POST', '/api/v1/instances/order-9/diagnoses', { kind: 'heap' })).status).toBe(404);
  const { body } = await bed.call('POST', path, { kind: 'handles' });
  const wrong = { handles: { resources: { '<b>': 1 }, listening: [], connections: [] } };
  const answer = await agent.post('diagnoses', { instance: 'order-1', id: body.id, findings: wrong });
  expect(answer.status).toBe(400);
  await agent.disconnect();
  await bed.until(
    () => bed.call('POST', '/api/v1/instances/order-1/diagnoses', { kind: 'heap' }),
    ({ status }) => status === 409,
  );
});
