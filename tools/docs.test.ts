import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASS_REASONS } from '@fairway/agent';
import { ERROR_CODES } from '@fairway/model';
import { expect, it } from 'vitest';
import { OPTION_NAMES } from '../packages/agent/src/option.ts';
import { PASSED } from '../packages/cli/src/doctor/passed.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Rows of the table that follows a marker, as cells. */
function tableAfter(page: string, marker: string): string[][] {
  const [, rest = ''] = page.split(marker);
  const lines = rest.slice(rest.indexOf('\n|') + 1).split('\n');
  const rows = lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

it('docs/operations.md lists each option of the agent, and no other', () => {
  const rows = tableAfter(read('docs/operations.md'), '<!-- agent options');
  expect(rows.map(([name]) => name)).toEqual([...OPTION_NAMES]);
});

it('docs/operations.md lists each error code as the table of codes has it', () => {
  const rows = tableAfter(read('docs/operations.md'), '<!-- error codes');
  const codes = Object.entries(ERROR_CODES).map(([code, { text, status, exit }]) => [
    code,
    text,
    `${status}`,
    `${exit}`,
  ]);
  expect(rows).toEqual(codes);
});

it('docs/operations.md lists each reason to pass something through, in the words of the doctor', () => {
  const rows = tableAfter(read('docs/operations.md'), '<!-- pass reasons');
  expect(rows).toEqual(PASS_REASONS.map((reason) => [reason, PASSED[reason].text]));
});

it('every relative link in a page leads somewhere', () => {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

it('every target of the Makefile that a page names is there', () => {
  const targets = new Set([...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
  const pages = ['README.md', 'CONTRIBUTING.md', 'docs/operations.md', 'docs/benchmarks.md'];
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/^ {4}make ([a-z-]+)|`make ([a-z-]+)`/gm)].map(([, a, b]) => a ?? b),
  );
  for (const name of named) expect(targets).toContain(name);
});
