import { type Condition, type EntryRule, filledIn, type Matcher } from '@fairway/model';

const NAMED = ['header', 'cookie', 'query'] as const;
const BARE = ['path', 'method', 'host', 'caller', 'clientIp'] as const;
/** Values of a list that are told before the rest is counted. */
const MAX_VALUES = 5;

/** The words that conditions are told in; what they speak of stands in place of `{0}` and `{1}`. */
export const CONDITION_WORDS = {
  header: 'header',
  cookie: 'cookie',
  query: 'query',
  path: 'path',
  method: 'method',
  host: 'host',
  caller: 'caller',
  clientIp: 'clientIp',
  and: '{0} and {1}',
  or: '{0} or {1}',
  not: 'not {0}',
  always: 'always',
  never: 'never',
  in: 'in {0}',
  more: '{0} and {1} more',
  prefix: 'starts with {0}',
  suffix: 'ends with {0}',
  regex: 'matches {0}',
  range: 'from {0} to {1}',
  any: 'any',
  mod: 'modulo {0} below {1}',
  exists: 'is there',
  absent: 'is not there',
  all: 'all',
  by: '{0} by {1}',
  when: '{0}, if {1}',
} as const;
export type ConditionWords = Readonly<Record<keyof typeof CONDITION_WORDS, string>>;

/**
 * A condition in one line, for people.
 *
 *     { header: 'x-tier', exact: 'gold' }                        -> header x-tier = gold
 *     { all: [{ path: { prefix: '/api' } }, { not: { … } }] }    -> path starts with /api and not (…)
 */
export function conditionText(condition: Condition, words: ConditionWords = CONDITION_WORDS): string {
  return new Teller(words).condition(condition);
}

/**
 * Whom an entry rule of a lane lets in, in one line, for people.
 *
 *     web, gateway: 10% by header x-user, if header x-tier = gold
 */
export function entryText(rule: EntryRule, lane: string, words: ConditionWords = CONDITION_WORDS): string {
  return new Teller(words).entry(rule, lane);
}

class Teller {
  readonly #words: ConditionWords;

  constructor(words: ConditionWords) {
    this.#words = words;
  }

  entry({ services, percent, match, header, stickyBy }: EntryRule, lane: string): string {
    const conditions = [
      ...(header ? [`${this.#words.header} ${header.name} = ${header.value ?? lane}`] : []),
      ...(match ? [this.condition(match)] : []),
    ];
    const share = percent === undefined ? this.#words.all : `${percent}%`;
    const who = stickyBy === undefined ? share : this.#say('by', share, this.#key(stickyBy));
    const text = conditions.length > 0 ? this.#say('when', who, this.#joined(conditions, 'and')) : who;
    return `${services.join(', ')}: ${text}`;
  }

  condition(condition: Condition): string {
    const { all, any, not } = condition;
    const parts = [
      ...NAMED.flatMap((source) => {
        const name = condition[source];
        return name === undefined ? [] : [`${this.#words[source]} ${name} ${this.#matcher(condition as Matcher)}`];
      }),
      ...BARE.flatMap((source) => {
        const matcher = condition[source];
        return matcher ? [`${this.#words[source]} ${this.#matcher(matcher)}`] : [];
      }),
      ...(all ? [this.#group(all, 'and')] : []),
      ...(any ? [this.#group(any, 'or')] : []),
    ];
    if (parts.length === 0 && not) return this.#say('not', `(${this.condition(not as Condition)})`);
    return this.#joined(parts, 'and');
  }

  #key(stickyBy: NonNullable<EntryRule['stickyBy']>): string {
    if (typeof stickyBy === 'string') return this.#words[stickyBy];
    const [[source = '', name] = []] = Object.entries(stickyBy);
    return `${this.#words[source as (typeof NAMED)[number]]} ${name}`;
  }

  #group(conditions: readonly Condition[], word: 'and' | 'or'): string {
    if (conditions.length === 0) return word === 'and' ? this.#words.always : this.#words.never;
    const texts = conditions.map((one) => (one.all || one.any ? `(${this.condition(one)})` : this.condition(one)));
    return this.#joined(texts, word);
  }

  #matcher({ exact, in: list, prefix, suffix, regex, range, mod, exists, not }: Matcher): string {
    const texts = [
      exact === undefined ? [] : [`= ${exact}`],
      list ? [this.#say('in', this.#list(list))] : [],
      prefix === undefined ? [] : [this.#say('prefix', prefix)],
      suffix === undefined ? [] : [this.#say('suffix', suffix)],
      regex === undefined ? [] : [this.#say('regex', regex)],
      range ? [this.#range(range)] : [],
      mod ? [this.#say('mod', mod.divisor, mod.below)] : [],
      exists === undefined ? [] : [exists ? this.#words.exists : this.#words.absent],
      not ? [this.#say('not', this.#matcher(not))] : [],
    ].flat();
    return this.#joined(texts, 'and') || this.#words.exists;
  }

  #list(values: readonly string[]): string {
    const text = values.slice(0, MAX_VALUES).join(', ');
    return values.length > MAX_VALUES ? this.#say('more', text, values.length - MAX_VALUES) : text;
  }

  #range(range: NonNullable<Matcher['range']>): string {
    const { min, max } = 'length' in range ? { min: range[0], max: range[1] } : range;
    return this.#say('range', min ?? this.#words.any, max ?? this.#words.any);
  }

  #joined(texts: readonly string[], word: 'and' | 'or'): string {
    return texts.length === 0 ? '' : texts.reduce((before, text) => this.#say(word, before, text));
  }

  #say(word: keyof ConditionWords, ...values: readonly (string | number)[]): string {
    return filledIn(this.#words[word], values);
  }
}
