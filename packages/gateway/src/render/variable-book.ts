import { quoted } from './text.ts';

/** A condition as a variable that is `1` or `0`, or known beforehand. */
export type Flag = boolean | { readonly variable: string };

/** One line of a `map`: a regular expression of the source, and the value, in which variables are expanded. */
export type MapLine = readonly [pattern: string, value: string];

/** Stands for the name of the variable that a block defines; no text of a resource can hold it. */
export const SELF = '\u0000';

/** Bounds the work of one match; a value that needs more does not match. */
const MATCH_LIMIT = '(*LIMIT_MATCH=100000)';

/**
 * Collects the variables that a gateway's rules need, as `map`, `geo` and `split_clients` blocks. The same block is
 * written once, whoever asks for it. Sources and values are trusted text: whatever comes from resources is made
 * harmless before (see text.ts).
 */
export class VariableBook {
  readonly #names = new Map<string, string>();
  readonly #blocks: string[] = [];

  /** The variable of a block, {@link SELF} being replaced by its name. */
  #variable(block: string): string {
    const known = this.#names.get(block);
    if (known) return `$${known}`;
    const name = `fw_${this.#names.size}`;
    this.#names.set(block, name);
    this.#blocks.push(block.replaceAll(SELF, name));
    return `$${name}`;
  }

  /** A variable chosen by the first pattern that the source matches. A value may use a group whose name begins with {@link SELF}. */
  map(source: string, lines: readonly MapLine[], otherwise: string): string {
    const body = lines.map(([pattern, value]) => `    ${quoted(`~${MATCH_LIMIT}${pattern}`)} ${quoted(value)};\n`);
    return this.#variable(`map ${quoted(source)} $${SELF} {\n    default ${quoted(otherwise)};\n${body.join('')}}\n`);
  }

  /** Whether the source matches. */
  matches(source: string, pattern: string): Flag {
    return { variable: this.map(source, [[pattern, '1']], '0') };
  }

  /** Whether the address of the client lies in one of the blocks. */
  inBlocks(blocks: readonly string[]): Flag {
    const body = [...new Set(blocks)].sort().map((block) => `    ${block} 1;\n`);
    return { variable: this.#variable(`geo $${SELF} {\n    default 0;\n${body.join('')}}\n`) };
  }

  /** Carves the bucket line of a key: `upTo` in points of a hundredth of a percent, rising; the rest gives `''`. */
  carve(key: string, parts: readonly { readonly upTo: number; readonly value: string }[]): string {
    let before = 0;
    const body = parts.flatMap(({ upTo, value }) => {
      const share = upTo - before;
      before = upTo;
      if (share <= 0) return [];
      const percent = upTo >= 10_000 ? '*' : `${(share / 100).toFixed(2)}%`;
      return [`    ${percent} ${quoted(value)};\n`];
    });
    if (before < 10_000) body.push(`    * "";\n`);
    return this.#variable(`split_clients ${quoted(key)} $${SELF} {\n${body.join('')}}\n`);
  }

  all(flags: readonly Flag[]): Flag {
    return this.#group(flags, false);
  }

  any(flags: readonly Flag[]): Flag {
    return this.#group(flags, true);
  }

  /** `decisive`: the value of one flag that decides the group. */
  #group(flags: readonly Flag[], decisive: boolean): Flag {
    if (flags.includes(decisive)) return decisive;
    const names = flags.flatMap((flag) => (typeof flag === 'boolean' ? [] : [flag.variable]));
    const [first] = names;
    if (!first) return !decisive;
    if (names.length === 1) return { variable: first };
    const pattern = decisive ? '1' : '\\A1+\\z';
    return this.matches(names.join(''), pattern);
  }

  not(flag: Flag): Flag {
    return typeof flag === 'boolean' ? !flag : this.matches(flag.variable, '\\A0\\z');
  }

  /** `value` where the flag holds, else `otherwise`. */
  choose(flag: Flag, value: string, otherwise: string): string {
    if (typeof flag === 'boolean') return flag ? value : otherwise;
    return this.map(flag.variable, [['\\A1\\z', value]], otherwise);
  }

  /** The first of several labels (or names of upstreams) that is not empty. */
  first(values: readonly string[]): string {
    const named = values.filter((value) => value !== '');
    const [only] = named;
    if (!only || named.length === 1) return only ?? '';
    return this.map(named.join(','), [[`\\A,*(?<${SELF}_v>[a-z0-9_-]+)`, `$${SELF}_v`]], '');
  }

  /** All blocks, each before those that use it. */
  text(): string {
    return this.#blocks.join('');
  }
}
