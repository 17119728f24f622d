import { Writable } from 'node:stream';
import type { AgentReport, PointReport } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { serve, type Testbed } from '../testbed.ts';

const http: PointReport = {
  name: 'http',
  state: 'paused',
  why: 'repeated faults',
  faults: 16,
  governed: 7,
  refused: 1,
  passed: { 'unknown-host': 3 },
};
const report: AgentReport = { points: [http], bytes: 4096, droppedLabels: 2 };

const agentsOf = async (bed: Testbed, query = '') => (await bed.call('GET', `/api/v1/agents${query}`)).body.items;

describe('the agents', () => {
  it('are listed with what they last said of themselves, and what is off', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1', { lane: 'gray' });
    await bed.agent('desk-1', { service: 'bank/desk' });
    const known = { instance: 'order-1', service: 'shop/order', lane: 'gray', connected: true };
    const own = { version: '1', runtime: 'test', pid: 1 };
    expect(await agentsOf(bed, '?namespace=shop')).toEqual([
      { ...known, revision: null, off: null, agent: own, report: null, reportedAt: null },
    ]);
    expect((await agent.acknowledge(1, report)).status).toBe(204);
    await agent.acknowledge(1);
    await bed.call('PUT', '/api/v1/services/shop/order', { enabled: false });
    const [told] = await agentsOf(bed, '?service=order');
    expect(told).toMatchObject({ ...known, off: 'service', report });
    expect(Date.parse(told.reportedAt)).toBeGreaterThan(0);
    await agent.register();
    expect(await agentsOf(bed, '?namespace=shop')).toMatchObject([{ report }]);
  });

  it('are forgotten when their instance is gone', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await agent.acknowledge(1, report);
    await agent.state('gone');
    expect(await agentsOf(bed)).toEqual([]);
    await agent.register();
    expect(await agentsOf(bed)).toMatchObject([{ instance: 'order-1', report: null }]);
  });

  it('are not believed to be readable', async () => {
    const bed = await serve();
    const agent = await bed.agent('order-1');
    const evil = { version: '1\u001b[2J', runtime: 'node\n', pid: 1, hostname: 'höst' };
    await agent.post('instances', { instance: agent.instance, agent: evil });
    expect(await agentsOf(bed)).toMatchObject([{ agent: { version: '1?[2J', runtime: 'node?', hostname: 'h?st' } }]);
  });

  const reasons = Object.fromEntries(Array.from({ length: 32 }, (_, i) => ['x'.repeat(i + 1), i]));
  it.each<[string, unknown, number]>([
    ['control characters', { ...report, aside: 'EVIL\u001b[2J' }, 400],
    ['control characters in a point', { ...report, points: [{ ...http, why: 'EVIL\n' }] }, 400],
    ['a reason that is none', { ...report, points: [{ ...http, passed: { 'EVIL ': 1 } }] }, 400],
    ['too many reasons', { ...report, points: [{ ...http, passed: { ...reasons, y: 1 } }] }, 400],
    ['too many points', { ...report, points: Array.from({ length: 33 }, () => http) }, 400],
    ['a negative count', { ...report, bytes: -1 }, 400],
    ['what no report has', { ...report, more: 'EVIL' }, 400],
    ['too much', { ...report, aside: 'EVIL'.repeat(8_000) }, 413],
  ])('are refused a report with %s; the last one stays, and the log says nothing of it', async (_what, bad, status) => {
    let log = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    const bed = await serve({ log: { level: 'debug', stream } });
    const agent = await bed.streamingAgent('order-1');
    await agent.acknowledge(1, report);
    expect((await agent.acknowledge(1, bad)).status).toBe(status);
    expect(await agentsOf(bed)).toMatchObject([{ report }]);
    expect(log).not.toContain('EVIL');
  });
});
