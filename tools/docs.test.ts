import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASS_REASONS } from '@fairway/agent';
import { compileRules, policyOf } from '@fairway/core';
import { ERROR_CODES, type Resource } from '@fairway/model';
import { expect, it } from 'vitest';
import { OPTION_NAMES } from '../packages/agent/src/option.ts';
import { PASSED } from '../packages/cli/src/doctor/passed.ts';
import { PolicySpec } from '../packages/model/src/policy.ts';

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

/** Dotted names of the settings under an object of a schema. */
function settings(schema: { properties?: object }, name: string): string[] {
  if (!schema.properties || name.endsWith('hashBy')) return [name];
  return Object.entries(schema.properties).flatMap(([key, part]) => settings(part, name ? `${name}.${key}` : key));
}

/** A value as the table writes it. */
function written(cell: string): unknown {
  if (cell.startsWith('[')) return cell.slice(1, -1).split(', ');
  return /^[0-9.]+$|^true$/.test(cell) ? JSON.parse(cell) : cell;
}

/** What a policy with these settings comes to; statuses are told by what they hold for. */
function policyWith(values: Readonly<Record<string, unknown>>): string {
  const spec: Record<string, unknown> = { services: '*' };
  for (const [name, value] of Object.entries(values)) {
    const keys = name.split('.');
    const last = keys.pop() as string;
    let at = spec;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[last] = value;
  }
  const metadata = { name: 'p', namespace: 'shop' };
  const resource = { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec } as unknown as Resource;
  const statuses = Array.from({ length: 500 }, (_, i) => i + 100);
  return JSON.stringify(policyOf(compileRules('shop', [resource]).policies, 'shop/order'), (_, value) => {
    if (value instanceof Set) return [...value];
    return typeof value === 'function' ? statuses.filter((status) => value(status)) : value;
  });
}

it('docs/resilience.md lists each setting of a policy for calls, with the default that holds', () => {
  const rows = tableAfter(read('docs/resilience.md'), '<!-- policy defaults');
  const { services: _, lossless: __, ...sections } = PolicySpec.properties;
  expect(rows.map(([name]) => name).sort()).toEqual(settings({ properties: sections }, '').sort());
  const defaults = Object.fromEntries(
    rows.filter(([, cell]) => cell !== 'none').map(([name = '', cell = '']) => [name, written(cell)]),
  );
  const slow = { 'outlier.slowRate.slowerThan': '1s' };
  expect(policyWith({ ...defaults, ...slow })).toBe(policyWith(slow));
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
