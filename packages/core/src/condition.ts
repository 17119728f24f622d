import { type Condition, MAX_CONDITION_DEPTH, type Matcher, type Problem, serviceKey } from '@fairway/model';
import { compileBlock } from './cidr.ts';
import { checkMatcher, compileMatcher, OPERATORS, type Reading, type Test } from './matcher.ts';
import { cookieOf, hostOf, pathOf, type RequestView, rawQueryOf } from './request-view.ts';

/** Whether a request is what a rule asks for. */
export type Predicate = (request: RequestView) => boolean;

const NAMED = ['header', 'cookie', 'query'] as const;
const WHOLE = ['path', 'method', 'host', 'caller', 'clientIp'] as const;
const GROUPS = ['all', 'any'] as const;

type Whole = (typeof WHOLE)[number];

function decoded(raw: string | undefined): string | undefined {
  if (raw === undefined || !/[%+]/.test(raw)) return raw;
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return raw;
  }
}

type Read = (request: RequestView) => string | undefined;

function namedValue(source: 'cookie' | 'query', name: string): Read {
  if (source === 'cookie') return (request) => cookieOf(request, name);
  return (request) => decoded(rawQueryOf(request, name));
}

/** On its own, because it is what most rules ask and every call pays for. */
function headerTest(name: string, test: Test): Predicate {
  return (request) => test(request.header(name));
}

function otherTest(read: Read, test: Test): Predicate {
  return (request) => test(read(request));
}

const WHOLE_VALUE: Record<Whole, Read> = {
  path: pathOf,
  method: (request) => request.method,
  host: hostOf,
  caller: (request) => request.caller,
  clientIp: (request) => request.clientIp,
};

function lower(text: string): string {
  return text.toLowerCase();
}

/** How each source reads the texts that it is compared with. `namespace`: where services are named without one. */
function readingOf(source: Whole, namespace: string): Reading {
  if (source === 'host') return { normal: lower, fold: lower };
  if (source === 'caller') return { normal: (text) => serviceKey(text, namespace) };
  if (source === 'clientIp') return { equal: compileBlock, expected: 'an IP address or a block such as 10.0.0.0/8' };
  return {};
}

/** The operators that stand beside a named source, as a matcher. */
function operatorsOf(condition: Condition): Matcher {
  return Object.fromEntries(OPERATORS.filter((key) => key in condition).map((key) => [key, condition[key]])) as Matcher;
}

/**
 * Compiles a condition into one predicate. Services named without a namespace are in `namespace`.
 * @throws when the condition is not well formed: check first with {@link checkCondition}.
 */
export function compileCondition(condition: Condition, namespace: string): Predicate {
  for (const source of NAMED) {
    const name = condition[source];
    if (name === undefined) continue;
    const test = compileMatcher(operatorsOf(condition));
    return source === 'header' ? headerTest(name.toLowerCase(), test) : otherTest(namedValue(source, name), test);
  }
  for (const source of WHOLE) {
    const matcher = condition[source];
    if (!matcher) continue;
    return otherTest(WHOLE_VALUE[source], compileMatcher(matcher, readingOf(source, namespace)));
  }
  return compileGroup(condition, namespace);
}

function compileGroup(condition: Condition, namespace: string): Predicate {
  const { all, any, not } = condition;
  if (all) {
    const parts = all.map((part) => compileCondition(part, namespace));
    return (request) => parts.every((part) => part(request));
  }
  if (any) {
    const parts = any.map((part) => compileCondition(part, namespace));
    return (request) => parts.some((part) => part(request));
  }
  if (!not) throw new Error('a condition without a source');
  const inner = compileCondition(not as Condition, namespace);
  return (request) => !inner(request);
}

/** What is wrong with a condition beyond its form, field by field. */
export function checkCondition(condition: Condition, path: string, namespace: string, depth = 1): Problem[] {
  if (depth > MAX_CONDITION_DEPTH) {
    return [{ path, found: 'a deeper nesting', expected: `at most ${MAX_CONDITION_DEPTH} levels` }];
  }
  const sources = [...NAMED, ...WHOLE, ...GROUPS].filter((key) => key in condition);
  const [source] = sources;
  if (sources.length > 1) {
    return [{ path, found: sources.join(' and '), expected: 'one of them (combine conditions with all or any)' }];
  }
  if (source === undefined) return checkNot(condition, path, namespace, depth);
  const isNamed = (NAMED as readonly string[]).includes(source);
  const stray = isNamed ? undefined : OPERATORS.find((operator) => operator in condition);
  if (stray)
    return [{ path: `${path}.${stray}`, found: `an operator beside ${source}`, expected: `it inside ${source}` }];
  if (isNamed) return checkMatcher(operatorsOf(condition), path);
  if (source === 'all' || source === 'any') {
    return (condition[source] ?? []).flatMap((part, i) =>
      checkCondition(part, `${path}.${source}[${i}]`, namespace, depth + 1),
    );
  }
  return checkMatcher(
    condition[source as Whole] as Matcher,
    `${path}.${source}`,
    readingOf(source as Whole, namespace),
  );
}

function checkNot(condition: Condition, path: string, namespace: string, depth: number): Problem[] {
  const stray = OPERATORS.find((operator) => operator !== 'not' && operator in condition);
  if (condition.not && !stray) return checkCondition(condition.not as Condition, `${path}.not`, namespace, depth + 1);
  const expected = `one of ${[...NAMED, ...WHOLE, ...GROUPS, 'not'].join(', ')}`;
  return [{ path, found: stray ? `${stray} without a source` : 'no source', expected }];
}
