import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withSections } from './report.ts';

it('docs/benchmarks.md shows the results that are kept beside it', async () => {
  const page = await readFile(new URL('../docs/benchmarks.md', import.meta.url), 'utf8');
  expect(await withSections(page, new URL('./results/', import.meta.url))).toBe(page);
});
