import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const FILE = new URL('../../../docs/compatibility.md', import.meta.url);

/**
 * Holds a section of `docs/compatibility.md`, between `<!-- name -->` and `<!-- /name -->`, to what a run found.
 * With `UPDATE_DOCS=1` the run writes it.
 */
export function expectDocumented(name: string, lines: readonly string[]): void {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const section = [start, ...lines, end].join('\n');
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '# Compatibility\n';
  const [before, rest] = text.split(start);
  const documented = rest === undefined ? undefined : `${start}${rest.split(end)[0]}${end}`;
  if (process.env['UPDATE_DOCS'] !== '1') expect(documented).toBe(section);
  else
    writeFileSync(
      FILE,
      documented === undefined ? `${text}\n${section}\n` : `${before}${section}${rest?.split(end)[1]}`,
    );
}
