import { invalid, LABEL_PATTERN, type Problem } from '@fairway/model';
import { SchemaChecks } from '../http/schema.ts';

const TYPES = ['prometheus', 'gate', 'webhook', 'slack', 'dingtalk'] as const;
export type TargetType = (typeof TYPES)[number];

/**
 * A place outside that the control plane may ask or tell. Releases name it; where it is and what is secret of it is known to
 * the control plane alone.
 */
export interface Target {
  readonly type: TargetType;
  readonly url: string;
  /** Sent along, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs what is sent. */
  readonly secret?: string;
}
export type Targets = ReadonlyMap<string, Target>;

const MAX_TARGETS = 100;
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const FORM = {
  type: 'object',
  maxProperties: MAX_TARGETS,
  propertyNames: { pattern: LABEL_PATTERN },
  additionalProperties: {
    type: 'object',
    properties: {
      type: { enum: [...TYPES], description: `one of ${TYPES.join(', ')}` },
      url: { type: 'string', pattern: '^https?://[^\\s@]+$', maxLength: 2048, description: 'an http(s) URL' },
      headers: { type: 'object', maxProperties: 16, additionalProperties: { ...text(4096), writeOnly: true } },
      secret: { ...text(1024), writeOnly: true },
    },
    required: ['type', 'url'],
    additionalProperties: false,
  },
};

/** The targets of a configuration, by name. @throws FairwayError FAIRWAY_INVALID, naming each field */
export function parseTargets(value: unknown): Targets {
  new SchemaChecks().body(FORM)(value);
  const entries = Object.entries(value as Readonly<Record<string, Target>>);
  const problems: Problem[] = entries
    .filter(([, { url }]) => !URL.canParse(url))
    .map(([name]) => ({ path: `${name}.url`, found: 'no URL', expected: 'an http(s) URL' }));
  if (problems.length > 0) throw invalid('the targets', problems);
  return new Map(entries);
}
