import { type EntryRule, type Lane, namespaceOf, type Resource, serviceKey } from '@fairway/model';

/** An entry rule of an enabled lane, in its place. */
export interface PlacedEntry {
  readonly lane: string;
  readonly rule: EntryRule;
  /** Its place in the lane. */
  readonly index: number;
  /** Salt of its percentage. */
  readonly salt: string;
  /** Services and gateways at which it holds, in full. */
  readonly services: readonly string[];
}

const DEFAULT_PRIORITY = 100;

/** The entry rules of one lane, as they are written. */
function entriesOf(lane: Lane): PlacedEntry[] {
  const { name } = lane.metadata;
  return (lane.spec.entry ?? []).map((rule, index) => ({
    lane: name,
    rule,
    index,
    salt: rule.id ?? `${name}/${index}`,
    services: rule.services.map((ref) => serviceKey(ref, namespaceOf(lane))),
  }));
}

function isConditional({ rule }: PlacedEntry): boolean {
  return rule.match !== undefined || rule.header !== undefined;
}

function compare(a: PlacedEntry, b: PlacedEntry): number {
  return (
    (a.rule.priority ?? DEFAULT_PRIORITY) - (b.rule.priority ?? DEFAULT_PRIORITY) ||
    Number(isConditional(b)) - Number(isConditional(a)) ||
    (a.lane < b.lane ? -1 : a.lane > b.lane ? 1 : 0) ||
    a.index - b.index
  );
}

/**
 * The entry rules of a namespace in the order in which they are tried (lane semantics, section 2): by priority, at equal
 * priority those with a condition before mere percentages, then by lane and place. Rules of disabled lanes are left out.
 */
export function orderedEntries(namespace: string, resources: readonly Resource[]): PlacedEntry[] {
  return resources
    .filter((resource): resource is Lane => resource.kind === 'Lane' && namespaceOf(resource) === namespace)
    .filter((lane) => lane.spec.enabled !== false)
    .flatMap(entriesOf)
    .sort(compare);
}
