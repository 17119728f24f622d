import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('the words', () => {
  it.each(Object.keys(en) as (keyof typeof en)[])('of %s have the same blanks in all languages', (key) => {
    expect(blanks(zh[key])).toEqual(blanks(en[key]));
    expect(zh[key].trim()).not.toBe('');
  });
});
