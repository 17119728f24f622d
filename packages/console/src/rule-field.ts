import type { RuleKind } from './resource-template.ts';
import type { Words } from './text/en.ts';

/** One thing of a resource that a form shows. */
export interface RuleField {
  /** Keys and places from the resource down to it. */
  readonly path: readonly (string | number)[];
  readonly label: keyof Words;
  /** `list`: names, or `*` where that stands for all. */
  readonly type: 'text' | 'number' | 'list' | 'switch' | 'choice';
  readonly choices?: readonly string[];
  /** What holds where nothing is said. */
  readonly usual?: string | number | boolean;
}

const text = (label: keyof Words, ...path: (string | number)[]): RuleField => ({ path, label, type: 'text' });
const usual = (field: RuleField, value: NonNullable<RuleField['usual']>): RuleField => ({ ...field, usual: value });
const number = (...given: Parameters<typeof text>): RuleField => ({ ...text(...given), type: 'number' });
const list = (...given: Parameters<typeof text>): RuleField => ({ ...text(...given), type: 'list' });
const toggle = (...given: Parameters<typeof text>): RuleField => ({ ...text(...given), type: 'switch', usual: true });
const choice = (choices: readonly string[], ...given: Parameters<typeof text>): RuleField => ({
  ...usual(text(...given), choices[0] as string),
  type: 'choice',
  choices,
});

const RULE = ['spec', 'rules', 0] as const;
const ENTRY = ['spec', 'entries', 0] as const;

/** What people change most; all else is in the text beside the form. Of lists, the first. */
export const RULE_FIELDS: { readonly [K in RuleKind]: readonly RuleField[] } = {
  Route: [
    text('service', 'spec', 'service'),
    list('onlyFrom', 'spec', 'callers'),
    text('matchHeader', ...RULE, 'match', 'header'),
    text('matchValue', ...RULE, 'match', 'exact'),
    text('toLane', ...RULE, 'to', 0, 'lane'),
    choice(['continue', 'fail'], 'otherwise', ...RULE, 'otherwise'),
    usual(number('priority', 'spec', 'priority'), 100),
  ],
  Policy: [
    list('forServices', 'spec', 'services'),
    usual(text('warmupDuration', 'spec', 'warmup', 'duration'), '60s'),
    usual(number('warmupCurve', 'spec', 'warmup', 'curve'), 2),
    usual(number('warmupFloor', 'spec', 'warmup', 'floor'), 10),
    toggle('outliers', 'spec', 'outlier', 'enabled'),
    choice(['p2c', 'roundRobin', 'random', 'hash'], 'balancing', 'spec', 'balance', 'algorithm'),
    text('requestTimeout', 'spec', 'timeout', 'request'),
    usual(number('retries', 'spec', 'retry', 'attempts'), 0),
    usual(text('drainWait', 'spec', 'lossless', 'offline', 'maxWait'), '30s'),
  ],
  Gateway: [
    text('listensAt', ...ENTRY, 'listen'),
    text('service', ...ENTRY, 'service'),
    number('port', ...ENTRY, 'port'),
    choice(['http', 'tcp'], 'protocol', ...ENTRY, 'protocol'),
    toggle('edge', 'spec', 'edge'),
  ],
  Service: [list('hosts', 'spec', 'hosts')],
};

type Node = Readonly<Record<string | number, unknown>> | readonly unknown[];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** What stands at a path; undefined: nothing. */
export function valueAt(resource: object, path: RuleField['path']): unknown {
  return path.reduce<unknown>((value, key) => (isNode(value) ? (value as never)[key] : undefined), resource);
}

/** The resource with a value at a path, undefined for none; what is empty then goes too, but never metadata or spec. */
export function withValueAt<T extends object>(resource: T, path: RuleField['path'], value: unknown): T {
  return changed(resource, path, value, 0) as T;
}

function changed(node: unknown, path: RuleField['path'], value: unknown, depth: number): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = isNode(node) ? node : typeof key === 'number' ? [] : {};
  const inner = changed((before as never)[key], rest, value, depth + 1);
  if (Array.isArray(before)) return Object.assign([...before], { [key]: inner ?? {} });
  const { [key]: _before, ...others } = before as Record<string | number, unknown>;
  if (inner !== undefined) return { ...before, [key]: inner };
  return Object.keys(others).length > 0 || depth < 2 ? others : undefined;
}

/** What a list is, as single names: `*` is one of them. */
export function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}

/** Names as the list that they are in a resource; undefined: there is none. */
export function listOf(names: readonly string[]): readonly string[] | '*' | undefined {
  if (names.includes('*')) return '*';
  return names.length > 0 ? names : undefined;
}
