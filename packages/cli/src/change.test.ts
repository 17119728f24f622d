import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, cleanEnvironment, makeBed, runFairway } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

function lane(name: string, percent: number): string {
  return `apiVersion: fairway.dev/v1
kind: Lane
metadata: { name: ${name}, namespace: shop }
spec:
  entry:
    - services: [web]
      percent: ${percent}
`;
}

describe('apply', () => {
  it('tells of each resource what was done, and what changed in it', async () => {
    const file = await bed.file('lanes.yaml', `${lane('gray', 10)}---\n${lane('blue', 1)}`);
    expect((await bed.fairway(['apply', '-f', file])).out).toBe('Lane shop/gray created\nLane shop/blue created\n');
    await bed.file('lanes.yaml', `${lane('gray', 20)}---\n${lane('blue', 1)}`);
    const dry = await bed.fairway(['apply', '-f', file, '--dry-run']);
    expect(dry.out).toContain('~ spec.entry[0].percent: 10 -> 20');
    expect(await bed.fairway(['diff', '-f', file, '--exit-code'])).toMatchObject({ status: 1 });
    const real = await bed.fairway(['apply', '-f', file, '--wait', '--reason', 'more']);
    expect(real).toMatchObject({ status: 0 });
    expect(real.out).toMatch(
      /^Lane shop\/gray updated\n {4}~ spec.*\nLane shop\/blue unchanged\nno agents are connected\n$/,
    );
    expect(await bed.fairway(['diff', '-f', file, '--exit-code'])).toMatchObject({ status: 0, out: 'no difference\n' });
  });

  it('names file, document and field of what is wrong in form, and changes nothing', async () => {
    const file = await bed.file('bad.yaml', `${lane('green', 10)}---\n${lane('gray', 120)}`);
    const done = await bed.fairway(['apply', '-f', file]);
    expect(done.status).toBe(2);
    expect(done.err).toContain(`${file}: document 2: spec.entry[0].percent: found 120, expected`);
    await expect(bed.client.get({ namespace: 'shop', kind: 'Lane', name: 'green' })).rejects.toMatchObject({
      code: 'FAIRWAY_NOT_FOUND',
    });
  });

  it('names them also where only the control plane can know', async () => {
    const dangling = lane('red', 10).replace('spec:\n', 'spec:\n  fallback: [nowhere]\n');
    const done = await bed.fairway(['apply', '-f', '-'], `${lane('green', 1)}---\n${dangling}`);
    expect(done.status).toBe(2);
    expect(done.err).toContain('standard input: document 2: spec.fallback[0]: found "nowhere", expected');
  });

  it('names the line of what is no YAML', async () => {
    const done = await bed.fairway(['apply', '-f', '-'], 'kind: [Lane\n');
    expect(done).toMatchObject({ status: 2, err: expect.stringMatching(/standard input: document 1: .* line \d/) });
  });

  it('reads directories, and JSON', async () => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(`${bed.dir}/many/deep`, { recursive: true });
    await bed.file('many/a.yaml', lane('one', 1));
    await bed.file(
      'many/deep/b.json',
      JSON.stringify({ apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name: 'two' }, spec: {} }),
    );
    await bed.file('many/notes.txt', 'not a resource');
    const done = await bed.fairway(['apply', '-f', 'many', '-n', 'shop', '--json']);
    const { changes } = JSON.parse(done.out) as { changes: { key: string; action: string }[] };
    expect(changes.map(({ key, action }) => `${key} ${action}`)).toEqual([
      'shop/Lane/one created',
      'shop/Lane/two created',
    ]);
  });
});

describe('one resource', () => {
  it('has a history that can be undone, and can be deleted', async () => {
    for (const percent of [1, 2])
      await bed.fairway(['apply', '-f', '-', '--reason', `to ${percent}`], lane('past', percent));
    const history = await bed.fairway(['history', 'lane', 'past', '-n', 'shop']);
    expect(history.out).toMatch(/updated {2}"to 2"\n {4}spec\.entry\[0\]\.percent: 1 -> 2\n.*created {2}"to 1"/);
    const undone = await bed.fairway(['undo', 'lanes', 'past', '-n', 'shop']);
    expect(undone.out).toContain('spec.entry[0].percent: 2 -> 1');
    expect((await bed.fairway(['get', 'lane', 'past', '-n', 'shop'])).out).toContain('percent: 1');
    expect(await bed.fairway(['delete', 'lane', 'past', '-n', 'shop'])).toMatchObject({
      status: 0,
      out: 'Lane shop/past deleted\n',
    });
    const gone = await bed.fairway(['get', 'lane', 'past', '-n', 'shop', '--json']);
    expect(gone.status).toBe(4);
    expect(JSON.parse(gone.err)).toMatchObject({ code: 'FAIRWAY_NOT_FOUND' });
  });

  it('printed as YAML can be applied again', async () => {
    await bed.fairway(['apply', '-f', '-'], lane('again', 7));
    const { out } = await bed.fairway(['get', '--yaml']);
    expect((await bed.fairway(['diff', '-f', '-'], out)).out).toBe('no difference\n');
  });
});

it('a namespace can be turned off and on', async () => {
  await bed.fairway(['apply', '-f', '-'], lane('gray', 10));
  expect((await bed.fairway(['namespace', 'off', 'shop'])).out).toContain('Namespace shop/shop');
  expect((await bed.fairway(['ns', 'list'])).out).toMatch(/^shop .* off$/m);
  expect(await bed.client.namespaces()).toMatchObject([{ name: 'shop', enabled: false }]);
  await bed.fairway(['namespace', 'on', 'shop']);
  expect(await bed.client.namespaces()).toMatchObject([{ name: 'shop', enabled: true }]);
});

it('a service or an instance can be turned off and on, also when it is gone', async () => {
  await bed.fairway(
    ['apply', '-f', '-'],
    '{apiVersion: fairway.dev/v1, kind: Service, metadata: {name: order, namespace: shop}, spec: {}}',
  );
  const off = await bed.fairway(['service', 'off', 'order', '-n', 'shop', '--wait', '--reason', 'incident']);
  expect(off).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Namespace shop\/shop .*no agents are connected\n$/s),
  });
  expect((await bed.fairway(['ns', 'list'])).out).toMatch(/^shop .* on, without order$/m);
  const again = JSON.parse((await bed.fairway(['service', 'on', 'shop/order', '--json'])).out);
  expect(again).toMatchObject({ action: 'updated', diff: [{ path: 'spec.off' }] });
  for (const words of [
    ['service', 'off', 'ordr', '-n', 'shop'],
    ['instance', 'off', 'order-1'],
  ]) {
    expect(await bed.fairway(words)).toMatchObject({ status: 4, out: '', err: expect.stringMatching(/ordr|order-1/) });
  }
});

it('a token can be made, used and revoked', async () => {
  const made = JSON.parse((await bed.fairway(['token', 'create', 'board', '--json'])).out) as {
    id: string;
    token: string;
  };
  const env = cleanEnvironment({ FAIRWAY_SERVER: bed.url, FAIRWAY_TOKEN: made.token });
  expect((await runFairway(bed.dir, ['lanes'], env)).status).toBe(0);
  const refused = await runFairway(bed.dir, ['namespace', 'off', 'shop'], env);
  expect(refused).toMatchObject({ status: 3, out: '' });
  expect((await bed.fairway(['token', 'list'])).out).toContain(made.id);
  await bed.fairway(['token', 'revoke', made.id]);
  expect((await runFairway(bed.dir, ['lanes'], env)).status).toBe(3);
});

it.each<[string, string[], number, RegExp]>([
  ['an unknown command', ['aply'], 2, /aply/],
  ['an unknown option', ['lanes', '--jsn'], 2, /--jsn/],
  ['a missing argument', ['undo', 'lane'], 2, /name/],
  ['an unknown kind', ['get', 'lain'], 2, /found "lain", expected one of/],
  ['a file that is not there', ['apply', '-f', 'nowhere.yaml'], 2, /nowhere\.yaml: cannot be read/],
  ['a control plane that is not there', ['lanes', '--server', 'http://127.0.0.1:9'], 6, /127\.0\.0\.1:9.*fairway up/],
])('%s is told, with its exit status', async (_name, words, status, said) => {
  const done = await bed.fairway(words);
  expect(done).toMatchObject({ status, out: '', err: expect.stringMatching(said) });
});
