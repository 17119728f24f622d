import { orderedEntries, type PlacedEntry } from '@fairway/core';
import type { EntryRule, Resource } from '@fairway/model';
import { type Finding, problem } from './finding.ts';

/** Whether a rule takes all that another would take: it takes all, or asks for the same. */
function covers(before: EntryRule, after: EntryRule): boolean {
  const isWhole = (before.percent === undefined || before.percent >= 100) && before.stickyBy === undefined;
  if (!isWhole) return false;
  if (!before.match && !before.header) return true;
  const asked = (rule: EntryRule) => JSON.stringify([rule.match ?? null, rule.header ?? null]);
  return asked(before) === asked(after);
}

function shadowed(service: string, rules: readonly PlacedEntry[]): Finding[] {
  return rules.flatMap((after, i) => {
    const before = rules.slice(0, i).find((one) => covers(one.rule, after.rule));
    if (!before) return [];
    const name = (one: PlacedEntry) => `entry rule ${one.index} of lane ${one.lane}`;
    return [
      problem(
        `${name(after)} never matches at ${service}: ${name(before)} is tried first and takes all of it`,
        'give it a lower priority number, or narrow the other',
      ),
    ];
  });
}

function never(namespace: string, { lane, index, rule }: PlacedEntry): Finding[] {
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
  const entries = orderedEntries(namespace, resources);
  const services = [...new Set(entries.flatMap((entry) => entry.services))].sort();
  return [
    ...entries.flatMap((entry) => never(namespace, entry)),
    ...services.flatMap((service) =>
      shadowed(
        service,
        entries.filter((entry) => entry.services.includes(service)),
      ),
    ),
  ];
}
