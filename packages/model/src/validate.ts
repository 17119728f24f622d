import type { DiagnosisReport } from './diagnosis.ts';
import { ERROR_CODES, FairwayError, type Problem } from './error.ts';
import * as validators from './generated/validators.js';
import type { HopReport } from './hop.ts';
import type { LedgerReport } from './ledger.ts';
import type { Release, ReleaseState } from './release.ts';
import { KINDS, type Kind, type Resource } from './resource.ts';
import type { TrafficReport } from './traffic.ts';
import type { Ack, Opening, Registration, StateChange, Subscription, Update } from './wire.ts';
import type { VectorFile, World } from './world.ts';

/** What is used of an error of an Ajv validator. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
  readonly data?: unknown;
  readonly parentSchema?: { readonly description?: string; readonly writeOnly?: boolean };
}

interface Validator {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** The types that have a validator, by name. */
interface Validated {
  Release: Release;
  ReleaseState: ReleaseState;
  Registration: Registration;
  Opening: Opening;
  StateChange: StateChange;
  Subscription: Subscription;
  Ack: Ack;
  LedgerReport: LedgerReport;
  TrafficReport: TrafficReport;
  DiagnosisReport: DiagnosisReport;
  HopReport: HopReport;
  Update: Update;
  World: World;
  VectorFile: VectorFile;
}

/** Longest text of a found value that is repeated in an error. */
const MAX_FOUND = 80;

function pathOf(pointer: string): string {
  let path = '';
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path += /^\d+$/.test(part)
      ? `[${part}]`
      : /^[A-Za-z_][\w-]*$/.test(part)
        ? `${path && '.'}${part}`
        : `[${JSON.stringify(part)}]`;
  }
  return path;
}

/** What was found, short enough for an error and safe to print. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > MAX_FOUND ? `${text.slice(0, MAX_FOUND)}… (${text.length} characters)` : text;
}

function join(path: string, key: unknown): string {
  return path ? `${path}.${key}` : String(key);
}

function problemOf(error: SchemaError): Problem {
  const path = pathOf(error.instancePath);
  const p = error.params;
  switch (error.keyword) {
    case 'additionalProperties':
      return {
        path: join(path, p['additionalProperty']),
        found: 'a key that is not known here',
        expected: 'no such key',
      };
    case 'required':
      return { path: join(path, p['missingProperty']), found: 'nothing', expected: 'a value' };
    case 'const':
      return { path, found: found(error.data), expected: JSON.stringify(p['allowedValue']) };
    case 'discriminator':
      return { path: join(path, p['tag']), found: found(p['tagValue']), expected: `one of ${KINDS.join(', ')}` };
    default:
      return {
        path,
        // A secret is not repeated.
        found: error.parentSchema?.writeOnly ? 'something else' : found(error.data),
        expected: error.parentSchema?.description ?? error.message ?? error.keyword,
      };
  }
}

/**
 * Errors of an Ajv validator (verbose) as problems, one a field. A union reports the failure of each branch and its own:
 * the alternatives are joined.
 */
export function problemsOf(errors: readonly SchemaError[]): Problem[] {
  const byField = new Map<string, Problem>();
  for (const error of errors) {
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') continue;
    const problem = problemOf(error);
    const seen = byField.get(problem.path);
    if (!seen) byField.set(problem.path, problem);
    else if (!seen.expected.includes(problem.expected)) {
      byField.set(problem.path, { ...seen, expected: `${seen.expected}, or ${problem.expected}` });
    }
  }
  return [...byField.values()];
}

function run(name: string, value: unknown): Problem[] {
  const validate = (validators as unknown as Record<string, Validator>)[name];
  if (!validate) throw new FairwayError('FAIRWAY_INTERNAL', `no validator for ${name}`);
  return validate(value) ? [] : problemsOf(validate.errors ?? []);
}

/** One line for people: `spec.percent: found 120, expected must be <= 100`. */
export function problemText(problem: Problem): string {
  return `${problem.path || 'the document'}: found ${problem.found}, expected ${problem.expected}`;
}

/** An error of bad input that names each field. `what` says whose: `lane "gray"`. */
export function invalid(what: string, problems: readonly Problem[]): FairwayError {
  const first = problems.slice(0, 5).map(problemText).join('; ');
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return new FairwayError('FAIRWAY_INVALID', `${what}: ${ERROR_CODES.FAIRWAY_INVALID.text}: ${first}${more}`, {
    problems,
  });
}

/** What is wrong with the form of a value, field by field; empty when it is right. */
export function check<N extends keyof Validated>(name: N, value: unknown): Problem[] {
  return run(name, value);
}

/** The value, typed, when its form is right. @throws FairwayError FAIRWAY_INVALID */
export function parse<N extends keyof Validated>(name: N, value: unknown): Validated[N] {
  const problems = run(name, value);
  if (problems.length > 0) throw invalid(name, problems);
  return value as Validated[N];
}

/** What is wrong with the form of a resource, field by field; empty when it is right. References are checked elsewhere. */
export function checkResource(value: unknown): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path: '', found: found(value), expected: 'an object with apiVersion, kind, metadata and spec' }];
  }
  const kind = (value as { kind?: unknown }).kind;
  if (!KINDS.includes(kind as Kind))
    return [{ path: 'kind', found: found(kind), expected: `one of ${KINDS.join(', ')}` }];
  return run(kind as Kind, value);
}

/** The resource, typed, when its form is right. @throws FairwayError FAIRWAY_INVALID */
export function parseResource(value: unknown): Resource {
  const problems = checkResource(value);
  if (problems.length > 0) {
    const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
    throw invalid(typeof kind === 'string' ? `${kind} ${found(metadata?.name)}` : 'resource', problems);
  }
  return value as Resource;
}
