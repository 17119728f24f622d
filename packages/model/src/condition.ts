import { Type } from 'typebox';
import { closed, HeaderName } from './name.ts';

const Text = Type.String({ maxLength: 4096 });

/** What a value must be. Several operators on one value must all hold. */
export interface Matcher {
  readonly exact?: string;
  readonly in?: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
  /** RE2 syntax; matches the whole value, in linear time. */
  readonly regex?: string;
  /** Numbers, both bounds inclusive. */
  readonly range?: { readonly min?: number; readonly max?: number } | readonly [number, number];
  /** Whole numbers: `n % divisor < below`. */
  readonly mod?: { readonly divisor: number; readonly below: number };
  readonly exists?: boolean;
  readonly not?: Matcher;
}

/**
 * A condition on a request: exactly one source (`header`, `cookie` and `query` name a value and carry the operators
 * beside the name; the others hold a {@link Matcher}) or exactly one of `all`, `any`, `not`.
 */
export interface Condition extends Omit<Matcher, 'not'> {
  readonly header?: string;
  readonly cookie?: string;
  readonly query?: string;
  readonly path?: Matcher;
  readonly method?: Matcher;
  readonly host?: Matcher;
  readonly caller?: Matcher;
  readonly clientIp?: Matcher;
  readonly all?: readonly Condition[];
  readonly any?: readonly Condition[];
  /** Beside a named source: the operators under it must not hold. Alone: the condition under it must not hold. */
  readonly not?: Matcher | Condition;
}

/** Deepest nesting of conditions that is accepted; checked when a resource is saved. */
export const MAX_CONDITION_DEPTH = 16;

const MatcherRef = Type.Unsafe<Matcher>({ $ref: '#/$defs/Matcher' });
const ConditionRef = Type.Unsafe<Condition>({ $ref: '#/$defs/Condition' });

const operators = {
  exact: Type.Optional(Text),
  in: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 1000 })),
  prefix: Type.Optional(Text),
  suffix: Type.Optional(Text),
  regex: Type.Optional(Type.String({ maxLength: 1024 })),
  range: Type.Optional(
    Type.Union([
      Type.Object({ min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) }, closed),
      Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
    ]),
  ),
  mod: Type.Optional(
    Type.Object({ divisor: Type.Integer({ minimum: 1 }), below: Type.Integer({ minimum: 0 }) }, closed),
  ),
  exists: Type.Optional(Type.Boolean()),
};

export const MatcherSchema = Type.Object(
  { ...operators, not: Type.Optional(MatcherRef) },
  { ...closed, minProperties: 1 },
);

/** The form only: that a condition has exactly one source and an operator is checked by `core`, which can say it clearly. */
export const ConditionSchema = Type.Object(
  {
    header: Type.Optional(HeaderName),
    cookie: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    query: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    ...operators,
    path: Type.Optional(MatcherRef),
    method: Type.Optional(MatcherRef),
    host: Type.Optional(MatcherRef),
    caller: Type.Optional(MatcherRef),
    clientIp: Type.Optional(MatcherRef),
    all: Type.Optional(Type.Array(ConditionRef, { maxItems: 100 })),
    any: Type.Optional(Type.Array(ConditionRef, { maxItems: 100 })),
    not: Type.Optional(ConditionRef),
  },
  { ...closed, minProperties: 1 },
);
