import { describe, expect, it } from 'vitest';
import { aLane, serve } from '../testbed.ts';

const GRAY = '/api/v1/resources/shop/Lane/gray';
const percent = (value: number) => aLane('gray', { entry: [{ services: ['order'], percent: value }] });

describe('apply', () => {
  it('creates, updates, and leaves alone what is the same', async () => {
    const bed = await serve();
    expect((await bed.apply(percent(10), aLane('blue'))).body).toMatchObject({
      revision: 1,
      changes: [
        { key: 'shop/Lane/gray', action: 'created', revision: 1 },
        { key: 'shop/Lane/blue', action: 'created', revision: 1 },
      ],
    });
    expect((await bed.apply(percent(20), aLane('blue'))).body).toMatchObject({
      revision: 2,
      changes: [
        { action: 'updated', revision: 2, diff: [{ path: 'spec.entry[0].percent', before: 10, after: 20 }] },
        { action: 'unchanged', revision: 1, diff: [] },
      ],
    });
    expect((await bed.apply(percent(20))).body).toMatchObject({ revision: 2 });
  });

  it('says what would happen without doing it', async () => {
    const bed = await serve();
    const answer = await bed.call('POST', '/api/v1/apply', { resources: [percent(10)], dryRun: true });
    expect(answer.body).toMatchObject({ revision: 0, changes: [{ action: 'created' }] });
    expect((await bed.call('GET', '/api/v1/resources')).body.items).toEqual([]);
  });

  it('warns of rules that nothing would come to, whichever of both is applied, and of no others', async () => {
    const bed = await serve();
    const rest = aLane('rest', { entry: [{ services: ['order'] }] });
    const late = aLane('zero', { entry: [{ services: ['order'], percent: 1 }] });
    expect((await bed.apply(percent(10), aLane('blue'))).body.warnings).toEqual([]);
    expect((await bed.apply(late, rest)).body.warnings).toEqual([
      {
        key: 'shop/Lane/zero',
        path: 'spec.entry[0]',
        text: 'entry 0 of lane zero is never reached at shop/order: entry 0 of lane rest is tried before it and takes all of it',
      },
    ]);
    expect((await bed.apply(rest)).body.warnings).toHaveLength(1);
    expect((await bed.apply(aLane('blue', { strict: true }))).body.warnings).toEqual([]);
  });

  it('is all or nothing, and names every field of every resource that is wrong', async () => {
    const bed = await serve();
    const answer = await bed.apply(aLane('fine'), percent(120), aLane('bad', { strict: 'yes', colour: 1 }));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'FAIRWAY_INVALID', status: 400 });
    expect(answer.body.problems.map(({ path }: { path: string }) => path).sort()).toEqual([
      'resources[1].spec.entry[0].percent',
      'resources[2].spec.colour',
      'resources[2].spec.strict',
    ]);
    expect((await bed.call('GET', '/api/v1/resources')).body.items).toEqual([]);
  });

  it.each([
    ['a dangling lane', aLane('gray', { fallback: ['nowhere'] }), 'resources[0].spec.fallback[0]'],
    ['a third decimal', percent(0.125), 'resources[0].spec.entry[0].percent'],
    [
      'an expression that takes exponential time elsewhere',
      aLane('gray', { entry: [{ services: ['a'], match: { header: 'x', regex: '(a)\\1' } }] }),
      'resources[0].spec.entry[0].match.regex',
    ],
    ['an unknown kind', { ...aLane('gray'), kind: 'Laen' }, 'resources[0].kind'],
    ['no object', 'gray', 'resources[0]'],
    ['another version', { ...aLane('gray'), apiVersion: 'v9' }, 'resources[0].apiVersion'],
    ['a name that is a path', aLane('../x'), 'resources[0].metadata.name'],
    ['a label of 10 MB', aLane('x'.repeat(1_000_000)), 'resources[0].metadata.name'],
  ])('refuses %s, naming the field', async (_what, resource, path) => {
    const bed = await serve();
    const answer = await bed.apply(resource);
    expect(answer.status).toBe(400);
    expect(answer.body.problems.map((problem: { path: string }) => problem.path)).toContain(path);
    expect(JSON.stringify(answer.body).length).toBeLessThan(4_000);
  });

  it('refuses the same resource twice', async () => {
    const bed = await serve();
    const { body } = await bed.apply(aLane('gray'), aLane('gray', { strict: true }));
    expect(body.problems).toMatchObject([{ path: 'resources[1]', expected: 'each resource once' }]);
  });

  it('refuses a deletion that leaves a reference dangling', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'), aLane('blue', { fallback: ['gray'] }));
    const answer = await bed.call('DELETE', GRAY);
    expect(answer.status).toBe(400);
    expect(answer.body.problems).toMatchObject([{ path: 'shop/Lane/blue.spec.fallback[0]' }]);
  });

  it('keeps changes that come at the same time apart', async () => {
    const bed = await serve();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => bed.apply(aLane(`lane-${index}`))));
    expect(answers.map(({ body }) => body.revision).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });
});

describe('one resource', () => {
  it('is put, read, listed and deleted', async () => {
    const bed = await serve();
    expect((await bed.call('PUT', GRAY, percent(10))).body).toMatchObject({ action: 'created', revision: 1 });
    expect((await bed.call('GET', GRAY)).body).toMatchObject({ revision: 1, author: 'admin', resource: percent(10) });
    const listed = await bed.call('GET', '/api/v1/resources?namespace=shop&kind=Lane');
    expect(listed.body.items).toMatchObject([{ key: 'shop/Lane/gray' }]);
    expect((await bed.call('GET', '/api/v1/resources?kind=Split')).body.items).toEqual([]);
    expect((await bed.call('DELETE', GRAY)).body).toMatchObject({ action: 'deleted', revision: 2 });
    expect((await bed.call('GET', GRAY)).status).toBe(404);
    expect((await bed.call('DELETE', GRAY)).status).toBe(404);
  });

  it('must be the one that the path names', async () => {
    const bed = await serve();
    expect((await bed.call('PUT', GRAY, aLane('blue'))).body.problems).toMatchObject([{ path: 'metadata.name' }]);
  });

  it('is created only where there is none, when If-None-Match asks for that', async () => {
    const bed = await serve();
    const headers = { 'if-none-match': '*' };
    expect((await bed.call('PUT', GRAY, percent(10), { headers })).status).toBe(200);
    const second = await bed.call('PUT', GRAY, percent(20), { headers });
    expect(second).toMatchObject({ status: 409, body: { code: 'FAIRWAY_CONFLICT' } });
    expect((await bed.call('GET', GRAY)).body.resource.spec.entry[0].percent).toBe(10);
  });

  it('is changed only at the revision that If-Match names', async () => {
    const bed = await serve();
    await bed.call('PUT', GRAY, percent(10));
    await bed.call('PUT', GRAY, percent(20), { headers: { 'if-match': '"1"' } });
    const late = await bed.call('PUT', GRAY, percent(30), { headers: { 'if-match': '1' } });
    expect(late).toMatchObject({ status: 409, body: { code: 'FAIRWAY_CONFLICT' } });
    expect((await bed.call('DELETE', GRAY, undefined, { headers: { 'if-match': '1' } })).status).toBe(409);
    expect((await bed.call('DELETE', GRAY, undefined, { headers: { 'if-match': 'x' } })).status).toBe(400);
    expect((await bed.call('GET', GRAY)).body.resource).toEqual(percent(20));
  });
});

describe('history and undo', () => {
  it('tells who, when, why and what, newest first', async () => {
    const bed = await serve();
    await bed.apply(percent(10));
    await bed.call('POST', '/api/v1/apply', { resources: [percent(20)], reason: 'more traffic' });
    const { items } = (await bed.call('GET', `${GRAY}/history`)).body;
    expect(items).toMatchObject([
      { revision: 2, author: 'admin', reason: 'more traffic', action: 'updated', resource: percent(20) },
      { revision: 1, author: 'admin', reason: null, action: 'created', resource: percent(10) },
    ]);
    expect(items[0].diff).toEqual([{ path: 'spec.entry[0].percent', before: 10, after: 20 }]);
    expect(Date.parse(items[0].at)).toBeGreaterThan(0);
    expect((await bed.call('GET', `${GRAY}/history?limit=1&before=2`)).body.items).toMatchObject([{ revision: 1 }]);
    expect((await bed.call('GET', '/api/v1/resources/shop/Lane/none/history')).status).toBe(404);
  });

  it('undoes an update, and the undo', async () => {
    const bed = await serve();
    await bed.apply(percent(10));
    await bed.apply(percent(20));
    const undone = await bed.call('POST', `${GRAY}/undo`, {});
    expect(undone.body).toMatchObject({ action: 'updated', revision: 3, diff: [{ before: 20, after: 10 }] });
    await bed.call('POST', `${GRAY}/undo`, {});
    expect((await bed.call('GET', GRAY)).body.resource).toEqual(percent(20));
    const reasons = (await bed.call('GET', `${GRAY}/history`)).body.items.map(
      (entry: { reason: string }) => entry.reason,
    );
    expect(reasons.slice(0, 2)).toEqual(['undo of revision 3', 'undo of revision 2']);
  });

  it('undoes a deletion by making it again, and a creation by deleting it', async () => {
    const bed = await serve();
    await bed.apply(percent(10));
    await bed.call('DELETE', GRAY);
    expect((await bed.call('POST', `${GRAY}/undo`, {})).body).toMatchObject({ action: 'created' });
    expect((await bed.call('GET', GRAY)).body.resource).toEqual(percent(10));
    await bed.apply(aLane('blue'));
    const blue = '/api/v1/resources/shop/Lane/blue';
    expect((await bed.call('POST', `${blue}/undo`, {})).body).toMatchObject({ action: 'deleted' });
    expect((await bed.call('GET', blue)).status).toBe(404);
    expect((await bed.call('POST', `${blue}/undo`, {})).body).toMatchObject({ action: 'created' });
  });

  it('goes back to a revision of the resource, and to no other', async () => {
    const bed = await serve();
    for (const value of [10, 20, 30]) await bed.apply(percent(value));
    await bed.apply(aLane('blue'));
    expect((await bed.call('POST', `${GRAY}/undo`, { to: 1, reason: 'back' })).body).toMatchObject({ revision: 5 });
    expect((await bed.call('GET', GRAY)).body.resource).toEqual(percent(10));
    expect((await bed.call('POST', `${GRAY}/undo`, { to: 4 })).status).toBe(404);
    expect((await bed.call('POST', '/api/v1/resources/shop/Lane/none/undo', {})).status).toBe(404);
  });

  it('is refused where the result would not be valid', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'));
    await bed.apply(aLane('blue', { fallback: ['gray'] }));
    const answer = await bed.call('POST', `${GRAY}/undo`, {});
    expect(answer.status).toBe(400);
    expect((await bed.call('GET', GRAY)).status).toBe(200);
  });
});

describe('the audit', () => {
  it('names every change, page by page', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'));
    await bed.call('DELETE', GRAY);
    const { items } = (await bed.call('GET', '/api/v1/audit?limit=2')).body;
    expect(items).toMatchObject([
      { author: 'admin', action: 'deleted', target: 'shop/Lane/gray', revision: 2 },
      { author: 'admin', action: 'created', target: 'shop/Lane/gray', revision: 1 },
    ]);
    const older = (await bed.call('GET', `/api/v1/audit?before=${items[1].id}`)).body.items;
    expect(older).toMatchObject([{ author: 'fairway', action: 'token-created' }]);
  });
});
