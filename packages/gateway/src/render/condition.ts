import type { Condition, Matcher } from '@fairway/model';
import { blockOf } from './block.ts';
import { translatePattern } from './pattern.ts';
import { refusal } from './refusal.ts';
import type { Reader, Source, Wanted } from './source.ts';
import { isPlain, literal } from './text.ts';
import type { Flag, VariableBook } from './variable-book.ts';

/** Where conditions are written: the variables so far, how requests are read, and whose rule it is (for errors). */
export interface Scope {
  readonly book: VariableBook;
  readonly reader: Reader;
  readonly owner: string;
}

/** A source, or the place of one that never has a value at a gateway. */
type Place = { readonly wanted: Wanted; readonly path: string } | { readonly wanted: 'caller'; readonly path: string };

const MATCHED = ['path', 'method', 'host', 'caller', 'clientIp'] as const;

/** One character as it may stand in a query: itself or percent-encoded. */
function encodedCharacter(c: string): string {
  const hex = c.charCodeAt(0).toString(16).padStart(2, '0');
  const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const plain = c === ' ' ? '\\x2b' : literal(c);
  return `(?:${plain}|\\x25${digits})`;
}

function textPattern(source: Source, text: string): string {
  return source.isEncoded ? [...text].map(encodedCharacter).join('') : literal(text);
}

class MatcherWriter {
  readonly #scope: Scope;
  readonly #source: Source;
  readonly #place: Place;

  constructor(scope: Scope, source: Source, place: Place) {
    this.#scope = scope;
    this.#source = source;
    this.#place = place;
  }

  #refuse(field: string, found: unknown, expected: string): never {
    const path = `${this.#place.path}.${field}`;
    throw refusal(this.#scope.owner, { path, found: JSON.stringify(found), expected });
  }

  #text(field: string, text: string): string {
    if (!isPlain(text)) this.#refuse(field, text, 'printable ASCII: other characters have no one form in bytes');
    if (this.#source.isEncoded && /[+%]/.test(text)) {
      this.#refuse(field, text, 'a text without + and % (a gateway compares query parameters without decoding them)');
    }
    return textPattern(this.#source, text);
  }

  #test(pattern: string): Flag {
    return this.#scope.book.matches(this.#source.probe, `(?s)\\A=${pattern}`);
  }

  #equal(field: string, texts: readonly string[]): Flag {
    const { wanted } = this.#place;
    if (wanted === 'clientIp') return this.#scope.book.inBlocks(texts.map((text) => this.#block(field, text)));
    const normal = wanted === 'host' ? texts.map((text) => text.toLowerCase()) : texts;
    return this.#test(`(?:${normal.map((text) => this.#text(field, text)).join('|')})\\z`);
  }

  #block(field: string, text: string): string {
    return blockOf(text) ?? this.#refuse(field, text, 'an IP address or a block such as 10.0.0.0/8');
  }

  #regex(re2: string): Flag {
    if (this.#source.isEncoded) {
      this.#refuse('regex', re2, 'exact, in, prefix or suffix (a gateway cannot decode a query parameter)');
    }
    const pattern = translatePattern(re2);
    if ('refused' in pattern) this.#refuse('regex', re2, `another pattern: ${pattern.refused}`);
    return this.#test(`(?-s:${pattern.pcre})\\z`);
  }

  /** All operators on the value; each of them is false where it is absent. */
  write(matcher: Matcher): Flag {
    const { book } = this.#scope;
    const { exact, prefix, suffix, regex, exists, not } = matcher;
    if (matcher.range) this.#refuse('range', matcher.range, 'no range here: NGINX does not compare numbers');
    if (matcher.mod) this.#refuse('mod', matcher.mod, 'no mod here: NGINX does not calculate');
    const flags: Flag[] = [];
    if (exact !== undefined) flags.push(this.#equal('exact', [exact]));
    if (matcher.in) flags.push(this.#equal('in', matcher.in));
    if (prefix !== undefined) flags.push(this.#test(this.#text('prefix', prefix)));
    if (suffix !== undefined) flags.push(this.#test(`.*${this.#text('suffix', suffix)}\\z`));
    if (regex !== undefined) flags.push(this.#regex(regex));
    if (exists !== undefined) flags.push(exists ? this.#test('') : book.not(this.#test('')));
    if (not) flags.push(book.not(this.write(not)));
    return book.all(flags);
  }
}

/** What a matcher says of a value that is never there. */
function ofAbsent(matcher: Matcher): boolean {
  const { exists, not, ...tests } = matcher;
  if (exists === true) return false;
  if (not && ofAbsent(not)) return false;
  return Object.values(tests).every((test) => test === undefined);
}

function placeOf(condition: Condition, path: string): { place: Place; matcher: Matcher } | undefined {
  const { header, cookie, query, path: _path, method, host, caller, clientIp, all, any, ...operators } = condition;
  const own = operators as Matcher;
  if (header !== undefined) return { place: { wanted: { header }, path }, matcher: own };
  if (cookie !== undefined) return { place: { wanted: { cookie }, path }, matcher: own };
  if (query !== undefined) return { place: { wanted: { query }, path }, matcher: own };
  for (const wanted of MATCHED) {
    const matcher = condition[wanted];
    if (matcher) return { place: { wanted, path: `${path}.${wanted}` }, matcher };
  }
  return undefined;
}

/** Reads a part of a request, `absent` where no request here has it, or refuses the rule that asks for it. */
export function readSource(scope: Scope, wanted: Wanted | 'caller', path: string): Source | 'absent' {
  const source = wanted === 'caller' ? 'absent' : scope.reader.source(scope.book, wanted);
  if (source !== 'absent' && 'expected' in source) throw refusal(scope.owner, { path, ...source });
  return source;
}

/**
 * Writes a condition as a variable. It holds for the same requests as in the agents.
 *
 * @throws FairwayError FAIRWAY_GATEWAY_REFUSED naming the field, where NGINX cannot decide it exactly
 */
export function writeCondition(scope: Scope, condition: Condition, path: string): Flag {
  const named = placeOf(condition, path);
  if (named) {
    const { place, matcher } = named;
    const source = readSource(scope, place.wanted, place.path);
    return source === 'absent' ? ofAbsent(matcher) : new MatcherWriter(scope, source, place).write(matcher);
  }
  const { all, any, not } = condition;
  if (all) return scope.book.all(all.map((part, i) => writeCondition(scope, part, `${path}.all[${i}]`)));
  if (any) return scope.book.any(any.map((part, i) => writeCondition(scope, part, `${path}.any[${i}]`)));
  if (not) return scope.book.not(writeCondition(scope, not as Condition, `${path}.not`));
  throw refusal(scope.owner, { path, found: 'no source', expected: 'a condition' });
}
