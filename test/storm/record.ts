import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { FaultResult } from './fault.ts';
import { lossFigure, warmUpFigure } from './figure.ts';
import { coldStartTable, faultTable, sharesTable, shopTable, table } from './report.ts';
import type { RollingResult } from './rolling.ts';
import type { ShopResult } from './shop.ts';
import type { ColdStart, Tenth } from './warm-up.ts';

/** What runs showed, by what was run. */
export interface Results {
  readonly rolling: { readonly seed: number; readonly governed: RollingResult; readonly without?: RollingResult };
  readonly 'warm-up': {
    readonly shares: Readonly<Record<'agents' | 'NGINX', readonly Tenth[]>>;
    readonly coldStarts: Readonly<Record<string, ColdStart>>;
  };
  readonly faults: readonly FaultResult[];
  readonly shop: ShopResult;
}

type Kind = keyof Results;

const TEXTS: { readonly [K in Kind]: (results: Results[K]) => string } = {
  rolling: ({ governed, without }) => table(governed, without),
  'warm-up': ({ shares, coldStarts }) => `${sharesTable(shares)}\n\n${coldStartTable(coldStarts)}`,
  faults: faultTable,
  shop: shopTable,
};

const FIGURES: { readonly [K in Kind]?: (results: Results[K]) => string | undefined } = {
  rolling: ({ governed, without }) => without && lossFigure(governed, without),
  'warm-up': ({ shares }) => warmUpFigure(shares),
};

const DOCS = new URL('../../docs/', import.meta.url);
const PAGE = new URL('lossless.md', DOCS);
const RESULTS = new URL('./results/', import.meta.url);

/** What results say, as Markdown. */
export function textOf<K extends Kind>(kind: K, results: Results[K]): string {
  return TEXTS[kind](results);
}

/** The results that are kept; undefined: none. */
export async function kept<K extends Kind>(kind: K): Promise<Results[K] | undefined> {
  const text = await readFile(new URL(`${kind}.json`, RESULTS), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Results[K]);
}

/** Keeps results, and has docs/lossless.md and its figures show them. */
export async function record<K extends Kind>(kind: K, results: Results[K]): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${kind}.json`, RESULTS), `${JSON.stringify(results)}\n`);
  await writeFile(PAGE, withSection(await readPage(), kind, textOf(kind, results)));
  const figure = FIGURES[kind]?.(results);
  if (figure) await writeFile(new URL(`lossless-${kind}.svg`, DOCS), figure);
}

/** docs/lossless.md as it is. */
export function readPage(): Promise<string> {
  return readFile(PAGE, 'utf8');
}

/** A page with the section of one kind of run replaced. */
export function withSection(page: string, kind: Kind, text: string): string {
  const [begin, end] = [`<!-- storm: ${kind} -->\n`, `\n<!-- end of ${kind} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/lossless.md has no section for ${kind}`);
  return page.slice(0, from + begin.length) + text + page.slice(to);
}
