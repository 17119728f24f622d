import {
  check,
  checkResource,
  invalid,
  jsonSchema,
  KINDS,
  type Problem,
  problemsOf,
  type SchemaError,
} from '@fairway/model';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** A JSON Schema, as it stands in the OpenAPI document. Schemas of the model are named: {@link modelSchema}. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DEFINITIONS = '#/components/schemas/';
const SHEET = 'https://fairway.dev/schema/v1#/$defs/';

/** Reference to a schema of the model. */
export function modelSchema(name: string): JsonSchema {
  return { $ref: `${DEFINITIONS}${name}` };
}

/** An object of these properties and no others; those named with a `?` at the end may be absent. */
export function objectSchema(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace('?', ''), properties[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}

export const text = (maxLength: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength });
export const whole = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum });
export const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const listOf = (items: JsonSchema): JsonSchema => objectSchema({ items: { type: 'array', items } });

/** Checks a value against a schema. @throws FairwayError FAIRWAY_INVALID, naming each field */
export type Check = (value: unknown) => void;

const WIRE = [
  'Registration',
  'StateChange',
  'Subscription',
  'Opening',
  'Ack',
  'LedgerReport',
  'TrafficReport',
  'DiagnosisReport',
  'HopReport',
] as const;

/**
 * Makes checks. Strings are taken for numbers and booleans only where a schema is that of a query. References to the
 * model use its own validators, whose messages are made for people.
 */
export class SchemaChecks {
  readonly #body = newAjv(false);
  readonly #query = newAjv(true);

  body(schema: JsonSchema): Check {
    const name = String(schema['$ref'] ?? '').slice(DEFINITIONS.length);
    if (name === 'AnyResource') return refusing('the resource', checkResource);
    const wire = WIRE.find((candidate) => candidate === name);
    if (wire) return refusing('the message', (value) => check(wire, value));
    return refusing('the body', problemsBy(this.#body.compile(withoutModel(schema))));
  }

  query(schema: JsonSchema): Check {
    return refusing('the query', problemsBy(this.#query.compile(schema)));
  }
}

/** The definitions of the model as components of an OpenAPI document. */
export function modelComponents(): Record<string, unknown> {
  const { $defs } = jsonSchema() as { $defs: Record<string, Record<string, unknown>> };
  const text = JSON.stringify($defs)
    .replaceAll('"#/$defs/', `"${DEFINITIONS}`)
    .replaceAll(`"${SHEET}`, `"${DEFINITIONS}`);
  const schemas: Record<string, Record<string, unknown>> = JSON.parse(text);
  const mapping = Object.fromEntries(KINDS.map((kind) => [kind, `${DEFINITIONS}${kind}`]));
  return { ...schemas, AnyResource: { ...schemas['AnyResource'], discriminator: { propertyName: 'kind', mapping } } };
}

/** References to the model, deeper in a body, are checked by whoever reads it: each value by the validator of its kind. */
function withoutModel(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value) =>
    value && typeof value === 'object' && '$ref' in value ? {} : value,
  );
}

function newAjv(coerceTypes: boolean): Ajv2020 {
  return new Ajv2020({ allErrors: true, verbose: true, coerceTypes, strictTypes: false });
}

function problemsBy(validate: ValidateFunction): (value: unknown) => Problem[] {
  return (value) => (validate(value) ? [] : problemsOf((validate.errors ?? []) as readonly SchemaError[]));
}

function refusing(what: string, problemsIn: (value: unknown) => Problem[]): Check {
  return (value) => {
    const problems = problemsIn(value);
    if (problems.length > 0) throw invalid(what, problems);
  };
}
