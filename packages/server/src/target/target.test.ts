import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ReleaseWait } from '@fairway/model';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve, type Testbed } from '../testbed.ts';
import { parseTargets } from './target.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Somebody outside: answers as told, and keeps what came. */
async function outside(answer: (received: Received, count: number) => unknown) {
  const received: Received[] = [];
  const server = createServer(async (req: IncomingMessage, res: ServerResponse) => {
    const one = { url: req.url ?? '', headers: req.headers, body: await text(req) };
    received.push(one);
    const said = await answer(one, received.length);
    if (typeof said === 'number') res.writeHead(said).end();
    else res.end(typeof said === 'string' ? said : JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const release = (spec: object) => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Release',
  metadata: { name: 'prices-2', namespace: 'shop' },
  spec: {
    lane: 'gray',
    services: ['order'],
    entry: { services: ['web'] },
    steps: [{ percent: 10 }, { pause: { approval: true } }],
    ...spec,
  },
});

const ONE = '/api/v1/releases/shop/prices-2';
const start = (bed: Testbed, spec: object) => bed.call('POST', '/api/v1/releases', { release: release(spec) });
const state = async (bed: Testbed) => (await bed.call('GET', ONE)).body;

describe('targets of a configuration', () => {
  it('are checked field by field', () => {
    const wrong = (value: unknown) => {
      try {
        parseTargets(value);
      } catch (error) {
        return (error as { problems: { path: string }[] }).problems.map(({ path }) => path);
      }
      return [];
    };
    expect(wrong({ ops: { type: 'slack', url: 'https://hooks.example/x' } })).toEqual([]);
    expect(wrong({ ops: { type: 'mail', url: 'https://hooks.example/x' } })).toEqual(['ops.type']);
    expect(wrong({ ops: { type: 'slack', url: 'file:///etc/passwd' } })).toEqual(['ops.url']);
    expect(wrong({ ops: { type: 'slack', url: 'https://user:secret@host/' } })).toEqual(['ops.url']);
    expect(wrong({ ops: { type: 'slack', url: 'https://a', more: 1 } })).toEqual(['ops.more']);
    expect(wrong([])).toEqual(['']);
  });

  it('are the only ones that a release may name, each for what it is', async () => {
    const bed = await serve({ targets: { ops: { type: 'slack', url: 'http://127.0.0.1:9/' } } });
    const refused = async (spec: object) => (await start(bed, spec)).body.problems[0];
    expect(await refused({ notify: ['nobody'] })).toMatchObject({
      path: 'spec.notify[0]',
      found: '"nobody"',
      expected: 'a target of type webhook or slack or dingtalk (there are: ops)',
    });
    expect((await refused({ steps: [{ check: { gate: 'ops' } }] })).path).toBe('spec.steps[0].check.gate');
    const metrics = [{ name: 'load', target: 'ops', query: 'x' }];
    expect((await refused({ metrics })).path).toBe('spec.metrics[0].target');
  });
});

describe('what happens in a release', () => {
  it('is told in order, signed, again until it is taken, and after a restart where it was left', async () => {
    let isAway = true;
    const hook = await outside((_, count) => (isAway ? (count % 2 ? 503 : 500) : ''));
    const targets = {
      hook: { type: 'webhook', url: `${hook.url}/in?x=1`, secret: 's3cret', headers: { 'x-team': 'prices' } },
    };
    const first = await serve({ targets });
    await start(first, { notify: ['hook'] });
    await first.until(
      async () => hook.received.length,
      (count) => count > 0,
    );
    expect(JSON.parse(hook.received[0]?.body ?? '').event.what).toBe('created');
    await first.close();
    isAway = false;
    hook.received.length = 0;
    const bed = await serve({ targets, dataDir: first.dataDir }, first.admin);
    await bed.call('POST', `${ONE}/abort`, { reason: 'enough' });
    await bed.until(
      () => state(bed),
      ({ state: { phase } }) => phase === 'rolledBack',
    );
    const { history } = (await state(bed)).state;
    await bed.until(
      async () => hook.received.length,
      (count) => count === history.length,
    );
    const bodies = hook.received.map(({ body }) => JSON.parse(body));
    expect(bodies.map(({ event }) => event)).toEqual(history);
    expect(hook.received.map(({ headers }) => headers['idempotency-key'])).toEqual(
      history.map((_: unknown, index: number) => `shop/Release/prices-2#${index}`),
    );
    for (const { url, headers, body } of hook.received) {
      expect([url, headers['x-team']]).toEqual(['/in?x=1', 'prices']);
      const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-fairway-signature'])) ?? [];
      expect(v1).toBe(createHmac('sha256', 's3cret').update(`${t}.${body}`).digest('hex'));
    }
  });

  it('is told to people in the forms of Slack and DingTalk, what they wrote as text', async () => {
    const hook = await outside(() => '');
    const bed = await serve({
      targets: {
        ops: { type: 'slack', url: `${hook.url}/slack` },
        robot: { type: 'dingtalk', url: `${hook.url}/robot?access_token=a`, secret: 'key' },
      },
    });
    await start(bed, { notify: ['ops', 'robot'] });
    await bed.until(
      () => state(bed),
      ({ state: { step } }) => step === 1,
    );
    await bed.call('POST', `${ONE}/abort`, { reason: '<!channel> & wrong prices' });
    const of = (path: string) => hook.received.filter(({ url }) => url.startsWith(path));
    const said = (path: string) => of(path).map(({ body }) => body);
    await bed.until(
      async () => said('/slack').join() + said('/robot').join(),
      (all) => all.split('was rolled back').length === 3,
    );
    expect(said('/slack')).toContain(
      JSON.stringify({
        text: 'Release shop/prices-2 is being rolled back (admin)\n&lt;!channel&gt; &amp; wrong prices',
      }),
    );
    expect(said('/robot')).toContain(
      JSON.stringify({ msgtype: 'text', text: { content: 'Release shop/prices-2 asks somebody\nto approve it' } }),
    );
    const { searchParams } = new URL(of('/robot')[0]?.url ?? '', 'http://robot');
    const mac = createHmac('sha256', 'key')
      .update(`${searchParams.get('timestamp')}\nkey`)
      .digest('base64');
    expect(searchParams.get('sign')).toBe(mac);
  });
});

describe('a gate', () => {
  const steps = [{ percent: 10 }, { check: { gate: 'ops' } }, { pause: { approval: true } }];

  it('is asked with a signature where the release stands, and rolls it back with its reason', async () => {
    const gate = await outside(() => ({ verdict: 'fail', reason: 'stock is low' }));
    const bed = await serve({ targets: { ops: { type: 'gate', url: gate.url, secret: 'key' } } });
    await start(bed, { steps });
    const done = await bed.until(
      () => state(bed),
      ({ state: { phase } }) => phase === 'rolledBack',
    );
    expect(done.state.cause).toBe('gate');
    expect(done.state.history.find(({ what }: { what: string }) => what === 'rollingBack').text).toBe(
      'ops: stock is low',
    );
    expect(JSON.parse(gate.received[0]?.body ?? '')).toMatchObject({
      release: 'prices-2',
      lane: 'gray',
      step: 2,
      percent: 10,
    });
    expect(gate.received[0]?.headers['x-fairway-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  });

  it.each([
    ['waits', { verdict: 'wait', reason: 'until noon' }, 'gate ops: until noon'],
    ['answers nonsense', '<html>', 'gate ops'],
    ['redirects', 302, 'gate ops'],
    ['answers without end', 'x'.repeat(100_000), 'gate ops'],
  ])('that %s lets nothing on', async (_, answer, waits) => {
    const gate = await outside(() => answer);
    const bed = await serve({ targets: { ops: { type: 'gate', url: gate.url } } });
    await start(bed, { steps });
    await bed.until(
      async () => gate.received.length,
      (count) => count > 0,
    );
    const { watch } = await bed.until(
      () => state(bed),
      (one) => one.watch?.waitsFor.some(({ text }: ReleaseWait) => text === waits),
    );
    expect(watch.waitsFor).toContainEqual(expect.objectContaining({ text: waits }));
  });
});
