import { parseResource } from '@fairway/model';
import { expect, it } from 'vitest';
import { RULE_KINDS, templateOf } from './resource-template.ts';

it.each(RULE_KINDS)('a new %s is valid once it has a name', (kind) => {
  const template = templateOf(kind, 'shop');
  const named = { ...template, metadata: { ...template.metadata, name: 'mine' } };
  expect(parseResource(named)).toMatchObject({ kind, metadata: { name: 'mine', namespace: 'shop' } });
});
