import type { Condition, EntryRule, Matcher } from '@fairway/model';

const NAMED = ['header', 'cookie', 'query'] as const;
const BARE = ['path', 'method', 'host', 'caller', 'clientIp'] as const;
/** Values of a list that are told before the rest is counted. */
const MAX_VALUES = 5;

/**
 * A condition in one line, for people.
 *
 *     { header: 'x-tier', exact: 'gold' }                        -> header x-tier = gold
 *     { all: [{ path: { prefix: '/api' } }, { not: { … } }] }    -> path starts with /api and not (…)
 */
export function conditionText(condition: Condition): string {
  const { all, any, not } = condition;
  const parts = [
    ...NAMED.flatMap((source) => {
      const name = condition[source];
      return name === undefined ? [] : [`${source} ${name} ${matcherText(condition as Matcher)}`];
    }),
    ...BARE.flatMap((source) => {
      const matcher = condition[source];
      return matcher ? [`${source} ${matcherText(matcher)}`] : [];
    }),
    ...(all ? [joined(all, 'and')] : []),
    ...(any ? [joined(any, 'or')] : []),
  ];
  if (parts.length === 0 && not) return `not (${conditionText(not as Condition)})`;
  return parts.join(' and ');
}

function joined(conditions: readonly Condition[], word: 'and' | 'or'): string {
  if (conditions.length === 0) return word === 'and' ? 'always' : 'never';
  const texts = conditions.map((one) => (one.all || one.any ? `(${conditionText(one)})` : conditionText(one)));
  return texts.join(` ${word} `);
}

function matcherText({ exact, in: list, prefix, suffix, regex, range, mod, exists, not }: Matcher): string {
  const texts = [
    exact === undefined ? [] : [`= ${exact}`],
    list ? [`in ${listText(list)}`] : [],
    prefix === undefined ? [] : [`starts with ${prefix}`],
    suffix === undefined ? [] : [`ends with ${suffix}`],
    regex === undefined ? [] : [`matches ${regex}`],
    range ? [rangeText(range)] : [],
    mod ? [`modulo ${mod.divisor} below ${mod.below}`] : [],
    exists === undefined ? [] : [exists ? 'is there' : 'is not there'],
    not ? [`not ${matcherText(not)}`] : [],
  ].flat();
  return texts.join(' and ') || 'is there';
}

function listText(values: readonly string[]): string {
  const more = values.length > MAX_VALUES ? ` and ${values.length - MAX_VALUES} more` : '';
  return values.slice(0, MAX_VALUES).join(', ') + more;
}

function rangeText(range: NonNullable<Matcher['range']>): string {
  const { min, max } = 'length' in range ? { min: range[0], max: range[1] } : range;
  return `from ${min ?? 'any'} to ${max ?? 'any'}`;
}

/**
 * Whom an entry rule of a lane lets in, in one line, for people.
 *
 *     web, gateway: 10% by header x-user, if header x-tier = gold
 */
export function entryText({ services, percent, match, header, stickyBy }: EntryRule, lane: string): string {
  const conditions = [
    ...(header ? [`header ${header.name} = ${header.value ?? lane}`] : []),
    ...(match ? [conditionText(match)] : []),
  ];
  const by = typeof stickyBy === 'object' ? Object.entries(stickyBy).flat().join(' ') : stickyBy;
  const who = [percent === undefined ? 'all' : `${percent}%`, ...(by === undefined ? [] : [`by ${by}`])].join(' ');
  const when = conditions.length > 0 ? `, if ${conditions.join(' and ')}` : '';
  return `${services.join(', ')}: ${who}${when}`;
}
