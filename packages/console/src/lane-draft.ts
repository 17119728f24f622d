import type { EntryRule, Lane } from '@fairway/model';

/** What the form of a lane can say: one rule of who enters, and what happens where the lane has no instance. */
export interface LaneForm {
  readonly name: string;
  /** Comma-separated names of entry services or gateways. Empty: nobody enters by a rule. */
  readonly services: string;
  /** 0 to 100; empty: no percentage. */
  readonly percent: number | '';
  readonly stickyHeader: string;
  readonly matchHeader: string;
  readonly matchValue: string;
  /** Comma-separated lanes, tried in this order. */
  readonly fallback: string;
  readonly strict: boolean;
}

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

function ruleOf(form: LaneForm, before: EntryRule | undefined): EntryRule[] {
  const services = listOf(form.services);
  if (services.length === 0) return [];
  const { match: _match, percent: _percent, stickyBy: _stickyBy, ...kept } = before ?? {};
  return [
    {
      ...kept,
      services,
      ...(form.matchHeader ? { match: { header: form.matchHeader, exact: form.matchValue } } : {}),
      ...(form.percent === '' ? {} : { percent: form.percent }),
      ...(form.stickyHeader ? { stickyBy: { header: form.stickyHeader } } : {}),
    },
  ];
}

/** The lane as the form says it; what the form cannot say stays as it is in `before`. */
export function withForm(before: Lane, form: LaneForm): Lane {
  const { entry = [], fallback: _fallback, strict: _strict, ...kept } = before.spec;
  const fallback = listOf(form.fallback);
  const rules = [...ruleOf(form, entry[0]), ...entry.slice(1)];
  return {
    ...before,
    metadata: { ...before.metadata, name: form.name },
    spec: {
      ...kept,
      ...(form.strict ? { strict: true } : {}),
      ...(fallback.length > 0 ? { fallback } : {}),
      ...(rules.length > 0 ? { entry: rules } : {}),
    },
  };
}

/** What a form shows of a lane; null: its first rule says more than the form can. */
export function formOf(lane: Lane): LaneForm | null {
  const [rule] = lane.spec.entry ?? [];
  const match = rule?.match as { header?: unknown; exact?: unknown } | undefined;
  const sticky = rule?.stickyBy;
  const simpleMatch =
    match === undefined ||
    (Object.keys(match).length === 2 && typeof match.header === 'string' && typeof match.exact === 'string');
  const simpleSticky = sticky === undefined || (typeof sticky === 'object' && 'header' in sticky);
  if (!simpleMatch || !simpleSticky || rule?.header) return null;
  return {
    name: lane.metadata.name,
    services: rule?.services.join(', ') ?? '',
    percent: rule?.percent ?? '',
    stickyHeader: sticky ? sticky.header : '',
    matchHeader: match ? String(match.header) : '',
    matchValue: match ? String(match.exact) : '',
    fallback: lane.spec.fallback?.join(', ') ?? '',
    strict: lane.spec.strict ?? false,
  };
}

/** A lane that nobody enters yet. */
export function newLane(namespace: string): Lane {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name: '', namespace }, spec: {} };
}
