import { checkResource, problemText, type Resource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { checkReferences } from './check-references.ts';
import { compileRules, inboundLane } from './index.ts';

function resource(kind: string, spec: object, name = 'one'): Resource {
  const made = {
    apiVersion: 'fairway.dev/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec,
  } as unknown as Resource;
  expect(checkResource(made)).toEqual([]);
  return made;
}

function problems(...resources: Resource[]): string[] {
  return [...checkReferences(resources).values()].flat().map(problemText);
}

const lane = (spec: object, name?: string) => resource('Lane', spec, name);
const entry = (rule: object) => lane({ entry: [{ services: ['web'], ...rule }] });
const rule = (match: object) => entry({ match });
const route = (spec: object) => resource('Route', { service: 'order', rules: [{ to: [{}] }], ...spec });

describe('what the form cannot say is refused with field, found and expected', () => {
  it.each([
    ['a third decimal', entry({ percent: 1.234 }), 'spec.entry[0].percent: found 1.234, expected at most two decimals'],
    [
      'keyless without stickyBy',
      entry({ keyless: 'random' }),
      'spec.entry[0].keyless: found "random", expected stickyBy beside it',
    ],
    [
      'two sources',
      rule({ header: 'a', cookie: 'b', exact: 'c' }),
      'spec.entry[0].match: found header and cookie, expected one of them (combine conditions with all or any)',
    ],
    [
      'a source without operator',
      rule({ header: 'a' }),
      'spec.entry[0].match: found no operator, expected one of exact, in, prefix, suffix, regex, range, mod, exists, not',
    ],
    [
      'an operator without source',
      rule({ exact: 'a' }),
      'spec.entry[0].match: found exact without a source, expected one of header, cookie, query, path, method, host, caller, clientIp, all, any, not',
    ],
    [
      'an operator beside the source',
      rule({ path: { exact: '/' }, prefix: '/a' }),
      'spec.entry[0].match.prefix: found an operator beside path, expected it inside path',
    ],
    [
      'a block that is none',
      rule({ clientIp: { in: ['10.0.0.0/8', 'home'] } }),
      'spec.entry[0].match.clientIp.in: found "home", expected an IP address or a block such as 10.0.0.0/8',
    ],
    [
      'an empty range',
      rule({ header: 'a', range: [2, 1] }),
      'spec.entry[0].match.range: found [2,1], expected min <= max',
    ],
    [
      'more than the divisor',
      rule({ header: 'a', mod: { divisor: 2, below: 3 } }),
      'spec.entry[0].match.mod.below: found 3, expected at most the divisor',
    ],
    [
      'a dangling fallback',
      lane({ fallback: ['blue'] }),
      'spec.fallback[0]: found "blue", expected base or a lane of this namespace (one)',
    ],
    ['a fallback to itself', lane({ fallback: ['one'] }), 'spec.fallback[0]: found "one", expected another lane'],
    ['a lane called base', lane({}, 'base'), 'metadata.name: found "base", expected a name other than base'],
    [
      'a dangling destination',
      route({ rules: [{ to: [{ lane: 'gray' }] }] }),
      'spec.rules[0].to[0].lane: found "gray", expected base or a lane of this namespace',
    ],
    [
      'a header of one hop',
      route({ propagate: ['Host'] }),
      'spec.propagate[0]: found "Host", expected a header that is not of one hop or of the agent',
    ],
    [
      'a split of a dangling lane',
      resource('Split', { services: ['web'], split: [{ lane: 'x', percent: 1 }] }),
      'spec.split[0].lane: found "x", expected base or a lane of this namespace',
    ],
    [
      'a port out of range',
      resource('Service', { ports: { '70000': 80 } }),
      'spec.ports["70000"]: found "70000", expected a port from 1 to 65535',
    ],
  ])('%s', (_, made, expected) => expect(problems(made)).toEqual([expected]));

  it('says what is wrong with a regular expression', () => {
    expect(problems(rule({ header: 'a', regex: '(' }))[0]).toMatch(
      /^spec\.entry\[0\]\.match\.regex: found "\(", expected a regular expression in RE2 syntax/,
    );
    expect(problems(rule({ header: 'a', regex: '(?=x)' }))[0]).toMatch(/RE2/);
  });

  it('counts a split that is more than everything', () => {
    const split = [
      { lane: 'one', percent: 60 },
      { lane: 'base', percent: 40.01 },
    ];
    expect(problems(lane({}), resource('Split', { services: ['web'], split }))).toEqual([
      'spec.split: found 100.01 percent in all, expected at most 100',
    ]);
  });

  it('bounds the nesting of conditions', () => {
    let match: object = { header: 'a', exact: 'b' };
    for (let i = 0; i < 20; i++) match = { not: match };
    expect(problems(rule(match))[0]).toContain('expected at most 16 levels');
  });

  it('finds nothing wrong with what is right', () => {
    const right = [
      lane({ fallback: ['blue', 'base'], entry: [{ services: ['web'], percent: 12.34 }] }),
      lane({}, 'blue'),
    ];
    expect(problems(...right)).toEqual([]);
  });
});

it('a regular expression that is made to explode ends, and so may be used', () => {
  const evil = rule({ header: 'a', regex: '(a+)+b' });
  expect(problems(evil)).toEqual([]);
  const value = 'a'.repeat(50_000);
  const request = { method: 'GET', url: '/', header: (name: string) => (name === 'a' ? value : undefined) };
  const decision = inboundLane(compileRules('shop', [evil]), { service: 'shop/web', lane: '' }, request, () => 0);
  expect(decision.reason).toBe('base');
});
