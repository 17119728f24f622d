import type { Quartiles } from './quartiles.ts';

/** A table of a Markdown page. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A median and its quartiles, each divided by `unit`. */
export function spread({ p25, p50, p75 }: Quartiles, digits: number, unit = 1): string {
  const [low, middle, high] = [p25, p50, p75].map((value) => (value / unit).toFixed(digits));
  return `${middle} [${low}${p25 < 0 ? ' to ' : '–'}${high}]`;
}

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
