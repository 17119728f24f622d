import { check } from '@fairway/model';
import { expect, it } from 'vitest';
import { newRelease } from './release-template.ts';

it('a release to begin with is valid', () => {
  expect(check('Release', newRelease())).toEqual([]);
  expect(newRelease('shop').metadata.namespace).toBe('shop');
});
