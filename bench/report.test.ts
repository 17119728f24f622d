import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { variants } from './chain/variant.ts';
import { withSections } from './report.ts';

const readPage = () => readFile(new URL('../docs/benchmarks.md', import.meta.url), 'utf8');

it('docs/benchmarks.md shows the results that are kept beside it', async () => {
  const page = await readPage();
  expect(await withSections(page, new URL('./results/', import.meta.url))).toBe(page);
});

it('docs/benchmarks.md says of each variant what it is, in their order', async () => {
  const lines = (await readPage()).split('\n');
  const start = lines.indexOf('| variant | what it is |') + 2;
  const told = lines.slice(start, lines.indexOf('', start)).map((line) => line.split(' | ')[0]?.replace('| ', ''));
  const link = { server: 'http://127.0.0.1', token: '', stateDir: '' };
  expect(told).toEqual(variants(link).map(({ name }) => name));
});
