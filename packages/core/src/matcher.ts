import { found, type Matcher, type Problem } from '@fairway/model';
import { RE2JS } from 're2js';

/** Whether a value, or its absence, is what was asked for. */
export type Test = (value: string | undefined) => boolean;

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const WHOLE = /^[+-]?\d+$/;

/** How the texts of a matcher are read: a host in lower case, a service in full, an address as a block. */
export interface Reading {
  /** Normal form of every text that a value is compared with. */
  readonly fold?: (text: string) => string;
  /** Normal form of the text of `exact` and `in`. */
  readonly normal?: (text: string) => string;
  /** Another meaning of equality for `exact` and `in`; undefined: the text is not one of its kind. */
  readonly equal?: (text: string) => ((value: string) => boolean) | undefined;
  /** What `equal` expects, in words. */
  readonly expected?: string;
}

/** False on an absent value, like every test that says so by its type. */
function equality(text: string, reading: Reading): Test {
  const special = reading.equal?.(text);
  if (special) return (value) => value !== undefined && special(value);
  const wanted = reading.normal ? reading.normal(text) : text;
  return (value) => value === wanted;
}

function oneOf(texts: readonly string[], reading: Reading): (value: string) => boolean {
  if (reading.equal) {
    const tests = texts.map((text) => equality(text, reading));
    return (value) => tests.some((test) => test(value));
  }
  const wanted = new Set(reading.normal ? texts.map(reading.normal) : texts);
  return (value) => wanted.has(value);
}

function rangeTest(range: NonNullable<Matcher['range']>): (value: string) => boolean {
  const [min, max] = bounds(range);
  return (value) => {
    if (!NUMBER.test(value)) return false;
    const n = Number(value);
    return n >= min && n <= max;
  };
}

function bounds(range: NonNullable<Matcher['range']>): readonly [number, number] {
  if (isPair(range)) return range;
  return [range.min ?? Number.NEGATIVE_INFINITY, range.max ?? Number.POSITIVE_INFINITY];
}

function isPair(range: NonNullable<Matcher['range']>): range is readonly [number, number] {
  return Array.isArray(range);
}

function modTest(mod: NonNullable<Matcher['mod']>): (value: string) => boolean {
  const divisor = BigInt(mod.divisor);
  return (value) => {
    if (!WHOLE.test(value)) return false;
    const rest = Number(BigInt(value) % divisor);
    return (rest < 0 ? rest + mod.divisor : rest) < mod.below;
  };
}

function regexTest(pattern: string): (value: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (value) => compiled.testExact(value);
}

/**
 * Compiles the operators on one value; all of them must hold. On an absent value only `exists: false` and `not` can.
 * @throws when a regular expression is not RE2: check first with {@link checkMatcher}.
 */
export function compileMatcher(matcher: Matcher, reading: Reading = {}): Test {
  const tests: ((value: string) => boolean)[] = [];
  const { exact, exists } = matcher;
  const { fold = same } = reading;
  const prefix = matcher.prefix && fold(matcher.prefix);
  const suffix = matcher.suffix && fold(matcher.suffix);
  if (exact !== undefined) tests.push(equality(exact, reading));
  if (matcher.in) tests.push(oneOf(matcher.in, reading));
  if (prefix !== undefined) tests.push((value) => value.startsWith(prefix));
  if (suffix !== undefined) tests.push((value) => value.endsWith(suffix));
  if (matcher.regex !== undefined) tests.push(regexTest(matcher.regex));
  if (matcher.range) tests.push(rangeTest(matcher.range));
  if (matcher.mod) tests.push(modTest(matcher.mod));
  const not = matcher.not ? compileMatcher(matcher.not, reading) : undefined;
  const [only] = tests;
  if (only && tests.length === 1 && exists === undefined && !not) {
    return exact === undefined ? (value) => value !== undefined && only(value) : equality(exact, reading);
  }
  return (value) => {
    if (exists !== undefined && exists !== (value !== undefined)) return false;
    if (not?.(value)) return false;
    if (value === undefined) return tests.length === 0;
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as Test)(value)) return false;
    return true;
  };
}

function same(text: string): string {
  return text;
}

/** Names of the operators, as they stand beside a named source. */
export const OPERATORS = ['exact', 'in', 'prefix', 'suffix', 'regex', 'range', 'mod', 'exists', 'not'] as const;

function regexProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is wrong with the operators on one value, beyond their form. */
export function checkMatcher(matcher: Matcher, path: string, reading: Reading = {}): Problem[] {
  const problems: Problem[] = [];
  const say = (field: string, value: unknown, expected: string) =>
    problems.push({ path: `${path}.${field}`, found: found(value), expected });
  if (!OPERATORS.some((operator) => operator in matcher)) {
    problems.push({ path, found: 'no operator', expected: `one of ${OPERATORS.join(', ')}` });
  }
  if (matcher.regex !== undefined) {
    const why = regexProblem(matcher.regex);
    if (why !== undefined) say('regex', matcher.regex, `a regular expression in RE2 syntax (${why})`);
  }
  if (matcher.range) {
    const [min, max] = bounds(matcher.range);
    if (!(min <= max)) say('range', matcher.range, 'min <= max');
  }
  if (matcher.mod && matcher.mod.below > matcher.mod.divisor)
    say('mod.below', matcher.mod.below, 'at most the divisor');
  if (reading.equal && reading.expected) {
    const texts = [...(matcher.exact === undefined ? [] : [matcher.exact]), ...(matcher.in ?? [])];
    for (const text of texts) if (!reading.equal(text)) say(matcher.in ? 'in' : 'exact', text, reading.expected);
  }
  if (matcher.not) problems.push(...checkMatcher(matcher.not, `${path}.not`, reading));
  return problems;
}
