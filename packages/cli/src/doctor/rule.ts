import { type EntryRule, type Lane, namespaceOf, type Resource, serviceKey } from '@fairway/model';
import { type Finding, problem } from './finding.ts';

interface Placed {
  readonly lane: string;
  readonly index: number;
  readonly rule: EntryRule;
}

const DEFAULT_PRIORITY = 100;

function isConditional({ rule }: Placed): boolean {
  return rule.match !== undefined || rule.header !== undefined;
}

/** In the order in which they are tried (lane semantics, section 2). */
function compare(a: Placed, b: Placed): number {
  return (
    (a.rule.priority ?? DEFAULT_PRIORITY) - (b.rule.priority ?? DEFAULT_PRIORITY) ||
    Number(isConditional(b)) - Number(isConditional(a)) ||
    (a.lane < b.lane ? -1 : a.lane > b.lane ? 1 : 0) ||
    a.index - b.index
  );
}

/** Whether a rule takes all that another would take: it takes all, or asks for the same. */
function covers(before: EntryRule, after: EntryRule): boolean {
  const isWhole = (before.percent === undefined || before.percent >= 100) && before.stickyBy === undefined;
  if (!isWhole) return false;
  if (!before.match && !before.header) return true;
  const asked = (rule: EntryRule) => JSON.stringify([rule.match ?? null, rule.header ?? null]);
  return asked(before) === asked(after);
}

function shadowed(service: string, rules: readonly Placed[]): Finding[] {
  return rules.flatMap((after, i) => {
    const before = rules.slice(0, i).find((one) => covers(one.rule, after.rule));
    if (!before) return [];
    const name = (one: Placed) => `entry rule ${one.index} of lane ${one.lane}`;
    return [
      problem(
        `${name(after)} never matches at ${service}: ${name(before)} is tried first and takes all of it`,
        'give it a lower priority number, or narrow the other',
      ),
    ];
  });
}

function never(namespace: string, { lane, index, rule }: Placed): Finding[] {
  if (rule.percent !== 0) return [];
  return [
    problem(
      `entry rule ${index} of lane ${namespace}/${lane} is at 0 percent`,
      'raise the percentage, or remove the rule',
    ),
  ];
}

/** Entry rules of a namespace that can never give their lane. */
export function examineRules(namespace: string, resources: readonly Resource[]): Finding[] {
  const lanes = resources.filter(
    (one): one is Lane => one.kind === 'Lane' && namespaceOf(one) === namespace && one.spec.enabled !== false,
  );
  const rules = lanes.flatMap(({ metadata, spec }) =>
    (spec.entry ?? []).map((rule, index) => ({ lane: metadata.name, index, rule })),
  );
  const services = [
    ...new Set(rules.flatMap(({ rule }) => rule.services.map((ref) => serviceKey(ref, namespace)))),
  ].sort();
  return [
    ...rules.flatMap((rule) => never(namespace, rule)),
    ...services.flatMap((service) =>
      shadowed(
        service,
        rules.filter(({ rule }) => rule.services.some((ref) => serviceKey(ref, namespace) === service)).sort(compare),
      ),
    ),
  ];
}
