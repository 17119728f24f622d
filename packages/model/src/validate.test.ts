import { describe, expect, it } from 'vitest';
import { check, checkResource, FairwayError, isFairwayError, parse, parseResource, problemText } from './index.ts';
import { isUpdate } from './update.ts';

const lane = (spec: unknown, metadata: unknown = { name: 'gray' }) => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Lane',
  metadata,
  spec,
});

describe('a resource that is not well formed is refused with field, found and expected', () => {
  it.each([
    ['no object', 3, 'the document: found 3, expected an object with apiVersion, kind, metadata and spec'],
    ['no kind', {}, 'kind: found nothing, expected one of Namespace, Lane, Split, Service, Route, Policy, Gateway'],
    ['an unknown kind', { kind: 'Lan' }, 'kind: found "Lan", expected one of'],
    ['another version', { ...lane({}), apiVersion: 'v2' }, 'apiVersion: found "v2", expected "fairway.dev/v1"'],
    ['an unknown key', lane({ enable: true }), 'spec.enable: found a key that is not known here, expected no such key'],
    ['a wrong type', lane({ enabled: 'yes' }), 'spec.enabled: found "yes", expected must be boolean'],
    ['a missing key', lane({}, {}), 'metadata.name: found nothing, expected a value'],
    ['a bound', lane({ entry: [{ services: ['web'], percent: 101 }] }), 'spec.entry[0].percent: found 101, expected'],
    [
      'a nested condition',
      lane({ entry: [{ services: ['web'], match: { all: [{ header: 'a', exact: 1 }] } }] }),
      'spec.entry[0].match.all[0].exact: found 1, expected must be string',
    ],
    [
      'no service',
      lane({ entry: [{ services: [] }] }),
      'spec.entry[0].services: found [], expected must NOT have fewer than 1 items',
    ],
  ])('%s', (_, value, text) => {
    const problems = checkResource(value).map(problemText);
    expect(
      problems.some((problem) => problem.startsWith(text)),
      problems.join('\n'),
    ).toBe(true);
    expect(() => parseResource(value)).toThrow(FairwayError);
  });

  it('names all fields at once, and keeps a huge value short', () => {
    const problems = checkResource(lane({ enabled: 'x'.repeat(10_000), strict: 1 }));
    expect(problems.map(({ path }) => path).sort()).toEqual(['spec.enabled', 'spec.strict']);
    expect(problems[0]?.found.length).toBeLessThan(130);
  });
});

it('a resource that is well formed is returned as it is', () => {
  const right = lane({
    enabled: true,
    fallback: ['base'],
    entry: [{ services: ['web', 'other/web'], percent: 12.34 }],
  });
  expect(checkResource(right)).toEqual([]);
  expect(parseResource(right)).toBe(right);
});

it('an error is known as ours across loaded copies, and carries its problems', () => {
  try {
    parse('World', { resources: [{ kind: 'Nope' }] });
    expect.unreachable();
  } catch (error) {
    expect(isFairwayError(error)).toBe(true);
    expect((error as FairwayError).problems[0]?.path).toBe('resources[0].kind');
  }
  expect(isFairwayError(new Error('other'))).toBe(false);
});

describe('an update', () => {
  const update = {
    version: 1,
    epoch: 'e1',
    revision: 7,
    full: true,
    namespace: 'shop',
    resources: { set: [lane({})], removed: [] },
    instances: {
      set: [{ id: 'a', service: 'shop/web', host: '10.0.0.1', ports: [80], state: 'ready', lane: '' }],
      removed: [],
    },
    addresses: { 'web:80': 'shop/web', 'example.org:443': null },
  };

  it('of this version is taken by server and agent alike', () => {
    expect(check('Update', update)).toEqual([]);
    expect(isUpdate(update)).toBe(true);
  });

  it.each([
    ['another version', { ...update, version: 2 }],
    ['no revision', { ...update, revision: undefined }],
    ['an instance without an address', { ...update, instances: { set: [{ id: 'a' }], removed: [] } }],
    ['rubbish', 'rubbish'],
    ['nothing', null],
  ])('is refused by an agent: %s', (_, value) => expect(isUpdate(value)).toBe(false));
});
