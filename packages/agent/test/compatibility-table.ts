import { CLIENTS, type Client, clientsOn, type Fact, rpcClientsOn, VARIANTS, type Variant } from './variant.ts';

/** What stands in a cell for a way of building an application. */
export const LETTERS: Readonly<Record<Variant, string>> = {
  plain: 'p',
  'esbuild CJS': 'c',
  'esbuild ESM': 'e',
  webpack: 'w',
};

/** The start and the end of the table in docs/compatibility.md. */
export const CLIENT_TABLE = /(?<=<!-- clients -->\n\n)[\s\S]*(?=\n<!-- \/clients -->)/;

/** A table of clients by versions of Node.js: a letter for each way of building in which all ways of calling were proved, or a dash. */
export function renderClients(facts: readonly Fact[]): string {
  const versions = [...new Set(facts.map(({ version }) => version))].sort((a, b) => a - b);
  const rows = CLIENTS.map((client) => row([client.name, ...versions.map((version) => cell(client, version, facts))]));
  return [
    row(['client', ...versions.map((version) => `Node.js ${version}`)]),
    row(['---', ...versions.map(() => '---')]),
    ...rows,
  ].join('');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function cell({ ways }: Client, version: number, facts: readonly Fact[]): string {
  const expected = [...clientsOn(version), ...rpcClientsOn(version)].filter((way) => ways.includes(way));
  if (expected.length === 0) return '–';
  const isProved = (variant: Variant) =>
    facts.some(
      (fact) =>
        fact.version === version && fact.variant === variant && expected.every((way) => fact.ways.includes(way)),
    );
  return VARIANTS.filter(isProved)
    .map((variant) => LETTERS[variant])
    .join(' ');
}
