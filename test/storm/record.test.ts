import { expect, it } from 'vitest';
import { kept, readPage, textOf, withSection } from './record.ts';

it.each(['rolling', 'warm-up', 'faults', 'shop'] as const)(
  'docs/lossless.md shows the results that are kept: %s',
  async (kind) => {
    const results = await kept(kind);
    if (!results) throw new Error(`no results are kept of ${kind}`);
    const page = await readPage();
    expect(withSection(page, kind, textOf(kind, results as never))).toBe(page);
  },
);
