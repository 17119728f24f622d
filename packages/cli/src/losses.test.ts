import { type Registration, WIRE_VERSION } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, makeBed } from './testing/bed.ts';

let bed: Bed;
let headers: Record<string, string>;
const streams = new AbortController();
beforeAll(async () => {
  bed = await makeBed();
  const { token } = await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' });
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
});
afterAll(async () => {
  streams.abort();
  await bed.close();
});

async function post(path: string, body: object): Promise<number> {
  const text = JSON.stringify({ version: WIRE_VERSION, ...body });
  return (await fetch(`${bed.url}/agent/v1/${path}`, { method: 'POST', headers, body: text })).status;
}

/** Registers an instance and opens its stream: it stays until the end of the tests. */
async function register(id: string, service: string, host: string): Promise<void> {
  const labels = { release: 'v7' };
  const message: Omit<Registration, 'version'> = {
    instance: { id, service, host, ports: [8080], state: 'ready', labels },
    agent: { version: '1', runtime: 'test', pid: 1 },
  };
  await post('instances', message);
  await fetch(`${bed.url}/agent/v1/stream?instance=${id}`, { headers, signal: streams.signal });
}

const own = { instance: 'order-1', service: 'shop/order' };
const left = (failed: number) => [
  { ...own, what: 'draining', agoMs: 1, cause: 'sigterm', inFlight: 3 },
  { ...own, what: 'quiet', agoMs: 0, served: 40, failed, cutOff: 0, callers: 1, acknowledged: 1 },
];

describe('losses', () => {
  it('says so when nothing was recorded, and when nothing was lost; then what was lost, where and who says so', async () => {
    expect((await bed.fairway(['losses', '--since', '5m'])).out).toBe(
      'no transition was recorded since 5m that this asks for\n',
    );
    await register('order-1', 'shop/order', '10.0.0.1');
    await register('web-1', 'shop/web', '10.0.0.2');
    await post('subscriptions', { instance: 'web-1', addresses: ['order:8080'] });
    expect((await bed.fairway(['losses', '--service', 'web'])).out).toContain('nothing can be said of losses');
    expect(await post('ledger', { instance: 'order-1', seq: 1, transitions: left(0), counts: [] })).toBe(204);
    const counts = [{ ...own, phase: 'draining', requests: 38, failed: {}, saved: 2 }];
    expect(await post('ledger', { instance: 'web-1', seq: 1, transitions: [], counts })).toBe(204);
    const { out } = await bed.fairway(['losses', '--service', 'order', '--release', 'v7']);
    expect(out).toMatch(
      /^shop\/order, v7: .* UTC\n {2}nothing lost, 40 requests during the transition; 2 saved by another/,
    );
    expect(out).toMatch(/order-1 \(v7\): .*draining [0-9:.]+ \(itself: sigterm\), quiet/);
    expect(out).toContain('3 in flight at the notice, 40 served after it, 1 of 1 callers acknowledged');
    const more = [{ ...own, phase: 'gone', requests: 5, failed: { refused: 1 }, saved: 0 }];
    await post('ledger', { instance: 'web-1', seq: 2, transitions: [], counts: more });
    await post('ledger', { instance: 'order-1', seq: 2, transitions: left(2), counts: [] });
    const lost = (await bed.fairway(['losses', '--service', 'order'])).out;
    expect(lost).toContain('LOST 3 of 43 requests during the transition');
    expect(lost).toContain('1 call of web-1 (shop/web) failed while it was gone: refused');
    expect(lost).toContain('the accounts differ: the instance says 2 failed after its notice, its callers say 0');
    const json = JSON.parse((await bed.fairway(['losses', '--service', 'order', '--json'])).out);
    expect(json).toMatchObject({ items: [{ verdict: 'lost', lost: 3 }], truncated: false });
    expect(await bed.fairway(['losses', '--since', 'monday'])).toMatchObject({ status: 2 });
  });
});

describe('drain and resume', () => {
  it('tell the instance, and wait for it and its callers where asked to', async () => {
    await register('pay-1', 'shop/pay', '10.0.0.3');
    const waiting = bed.fairway(['drain', 'pay-1', '--wait', '--reason', 'kernel']);
    await expect
      .poll(async () => (await bed.client.audit({ limit: 1 }))[0]?.action, { timeout: 20_000 })
      .toBe('instance-drained');
    await post('state', { instance: 'pay-1', state: 'draining' });
    expect(await waiting).toMatchObject({
      status: 0,
      out: 'pay-1 of shop/pay (ready): told to drain\ndraining; 0 of 0 callers know it\n',
    });
    const again = await bed.fairway(['drain', 'pay-1', '--wait', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ state: 'draining', callers: 0, acknowledged: 0, missing: [] });
    const resumed = await bed.fairway(['resume', 'pay-1', '--json']);
    expect(JSON.parse(resumed.out)).toMatchObject({ instance: 'pay-1', command: 'resume', state: 'draining' });
    expect(await bed.fairway(['drain', 'nobody'])).toMatchObject({ status: 4 });
  });
});
