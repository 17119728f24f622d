import { describe, expect, it } from 'vitest';
import type { Change } from './change.ts';
import { Journal } from './journal.ts';

const change = (key: string): Change => ({ type: 'resource', namespace: 'shop', key });

describe('Journal', () => {
  it('gives the changes after a revision, oldest first', () => {
    const journal = new Journal(10, 5);
    journal.append([change('a'), change('b')]);
    journal.append([change('c')]);
    expect(journal.revision).toBe(7);
    expect(journal.since(5)).toEqual([change('a'), change('b'), change('c')]);
    expect(journal.since(6)).toEqual([change('c')]);
    expect(journal.since(7)).toEqual([]);
  });

  it('counts on without changes', () => {
    const journal = new Journal(10);
    expect(journal.append([])).toBe(1);
    expect(journal.since(0)).toEqual([]);
  });

  it('does not know revisions of the future, nor those before it began', () => {
    const journal = new Journal(10, 5);
    expect(journal.since(6)).toBeNull();
    expect(journal.since(4)).toBeNull();
  });

  it('forgets the oldest and remembers at least its capacity', () => {
    const journal = new Journal(3);
    for (let number = 1; number <= 100; number++) journal.append([change(String(number))]);
    expect(journal.since(0)).toBeNull();
    expect(journal.since(97)).toEqual([change('98'), change('99'), change('100')]);
  });

  it('never gives a part of a revision', () => {
    const journal = new Journal(2);
    journal.append([change('a'), change('b'), change('c'), change('d'), change('e')]);
    expect(journal.since(0)).toBeNull();
    expect(journal.since(1)).toEqual([]);
  });
});
