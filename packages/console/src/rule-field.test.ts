import { parseResource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { templateOf } from './resource-template.ts';
import { listOf, namesOf, RULE_FIELDS, type RuleField, valueAt, withValueAt } from './rule-field.ts';

const EXAMPLES = { text: '5s', number: 3, list: ['web'], switch: false } as const;
const exampleOf = ({ type, choices }: RuleField) => (type === 'choice' ? choices?.at(-1) : EXAMPLES[type]);
const fields = Object.entries(RULE_FIELDS).flatMap(([kind, list]) =>
  list.map((field) => [`${kind} ${field.label}`, kind as keyof typeof RULE_FIELDS, field] as const),
);

describe('the form of a rule', () => {
  it.each(fields)('%s: can be set, is found again, and is what the model knows', (_name, kind, field) => {
    const template = templateOf(kind, 'shop');
    const named = { ...template, metadata: { ...template.metadata, name: 'mine' } };
    const example = field.label === 'listensAt' ? '127.0.0.1:81' : field.label === 'service' ? 'web' : exampleOf(field);
    const set = withValueAt(named, field.path, example);
    expect(valueAt(set, field.path)).toEqual(example);
    expect(parseResource(set)).toEqual(set);
    expect(valueAt(withValueAt(set, field.path, undefined), field.path)).toBeUndefined();
  });

  it('keeps what it does not show, and takes away what is empty', () => {
    const policy = {
      metadata: { name: 'a' },
      spec: { services: ['web'], warmup: { floor: 5 }, retry: { attempts: 1 } },
    };
    const changed = withValueAt(policy, ['spec', 'warmup', 'floor'], undefined);
    expect(changed.spec).toEqual({ services: ['web'], retry: { attempts: 1 } });
    expect(withValueAt({ spec: { hosts: ['a'] } }, ['spec', 'hosts'], undefined)).toEqual({ spec: {} });
    expect(
      withValueAt({ spec: { rules: [{ to: [] }, { to: [] }] } }, ['spec', 'rules', 0, 'otherwise'], 'fail'),
    ).toEqual({ spec: { rules: [{ to: [], otherwise: 'fail' }, { to: [] }] } });
  });

  it('knows all from some', () => {
    expect([namesOf('*'), namesOf(['a', 'b']), namesOf(undefined)]).toEqual([['*'], ['a', 'b'], []]);
    expect([listOf(['a', '*']), listOf(['a']), listOf([])]).toEqual(['*', ['a'], undefined]);
  });
});
