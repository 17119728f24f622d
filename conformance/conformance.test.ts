import { readdirSync, readFileSync } from 'node:fs';
import { checkReferences, runVectors } from '@fairway/core';
import { checkResource, namespaceOf, parse, problemText, type VectorCase, type VectorFile } from '@fairway/model';
import { describe, expect, test } from 'vitest';
import { COVERAGE } from './coverage.ts';

const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    file: parse('VectorFile', JSON.parse(readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))),
  }));
const cases = files.flatMap(({ file }) => file.cases);

function idsOf({ name }: VectorCase): string[] {
  return /^\[([^\]]+)\] \S/.exec(name)?.[1]?.split(' ') ?? [];
}

describe('the vectors', () => {
  test.each(files)('$name: core decides as written', ({ file }) => {
    const { failures, passed } = runVectors(file);
    expect(failures).toEqual([]);
    expect(passed).toBe(file.cases.length);
  });

  test.each(files)('$name: its world would be accepted', ({ file: { world } }) => {
    const resources = world.resources ?? [];
    expect(resources.flatMap(checkResource).map(problemText)).toEqual([]);
    const namespaces = [...new Set(resources.map(namespaceOf))];
    const groups = namespaces.map((name) => resources.filter((resource) => namespaceOf(resource) === name));
    const dangling = groups.flatMap((group) => [...checkReferences(group).values()].flat());
    expect(dangling.map(problemText)).toEqual([]);
  });

  test('there are at least 150, each with a name of its own and something to expect', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.filter((vector) => !EXPECT_KEYS.some((key) => key in vector)).map(({ name }) => name)).toEqual([]);
  });

  test('every row of the semantics has a case, and every case names its rows', () => {
    const used = new Set(cases.flatMap(idsOf));
    expect(Object.keys(COVERAGE).filter((id) => !used.has(id))).toEqual([]);
    expect([...used].filter((id) => !(id in COVERAGE))).toEqual([]);
    expect(cases.filter((vector) => idsOf(vector).length === 0)).toEqual([]);
  });

  test('the example of the README is one', () => {
    const readme = readFileSync(`${import.meta.dirname}/README.md`, 'utf8');
    const example = readme.slice(readme.indexOf('\n    {\n'), readme.indexOf('\n    }\n') + '\n    }\n'.length);
    const file = parse('VectorFile', JSON.parse(example));
    expect(runVectors(file)).toEqual({ passed: 1, failures: [] });
  });
});

const EXPECT_KEYS = [
  'expectLane',
  'expectReason',
  'expectEligible',
  'expectCallReason',
  'expectSent',
  'expectError',
] as const;
type ExpectKey = (typeof EXPECT_KEYS)[number];

/** Wrong values for one expectation of a case. */
const WRONG: { readonly [K in ExpectKey]: (right: NonNullable<VectorCase[K]> | null) => VectorCase[K][] } = {
  expectLane: (lane) => [`${lane}x`, ...(lane ? [''] : [])],
  expectReason: (reason) => [`${reason}x`],
  expectEligible: (ids) =>
    ids === null
      ? [[]]
      : [null, [...ids, 'nobody'], ids.map((id) => `${id}x`).concat('x'), ...(ids[0] ? [ids.slice(1)] : [])],
  expectCallReason: (reason) => [`${reason}x`],
  expectSent: (headers) =>
    Object.entries(headers ?? {}).flatMap(([name, value]) =>
      (value === null ? ['x', ''] : [null, `${value}x`]).map((wrong) => ({ ...headers, [name]: wrong })),
    ),
  expectError: (error) => [error === null ? 'FAIRWAY_NO_INSTANCE' : null],
};

/** The cases of a file that pass and expect something of `key`, with each wrong value in its place. */
function spoiled<K extends ExpectKey>(file: VectorFile, key: K): VectorFile {
  const failing = new Set(runVectors(file).failures.map(({ name }) => name));
  const passing = file.cases.filter((vector) => vector[key] !== undefined && !failing.has(vector.name));
  return {
    ...file,
    cases: passing.flatMap((vector) => WRONG[key](vector[key] ?? null).map((wrong) => ({ ...vector, [key]: wrong }))),
  };
}

describe('the runner', () => {
  test.each(EXPECT_KEYS)('fails a case with a wrong %s', (key) => {
    const wrong = files.map(({ file }) => spoiled(file, key));
    expect(wrong.flatMap((file) => file.cases).length).toBeGreaterThan(20);
    for (const file of wrong) {
      const { failures, passed } = runVectors(file);
      expect(passed).toBe(0);
      expect(failures.map(({ name }) => name)).toEqual(file.cases.map(({ name }) => name));
      for (const { problems } of failures) expect(problems).toHaveLength(1);
    }
  });

  test('fails a case at an instance that the world does not have', () => {
    const { failures } = runVectors({
      world: {},
      cases: [{ name: 'lost', at: 'nobody', request: null, expectLane: '' }],
    });
    expect(failures).toHaveLength(1);
    expect(failures[0]?.problems.join()).toContain('nobody');
  });

  test('fails a case that expects something of a call and gives none', () => {
    const world = {
      instances: [{ id: 'a', service: 'shop/a', host: '10.0.0.1', ports: [80], state: 'ready' as const }],
    };
    const { failures } = runVectors({ world, cases: [{ name: 'no call', at: 'a', expectEligible: null }] });
    expect(failures.map(({ name }) => name)).toEqual(['no call']);
  });
});
