import type { VectorCase, VectorFile } from '@fairway/model';
import { type Explanation, explain } from './explain.ts';

/** What came of a file of conformance vectors. */
export interface VectorResult {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly problems: readonly string[] }[];
}

/** Runs the cases of a vector file; every `expect…` that is absent is not checked. */
export function runVectors(file: VectorFile): VectorResult {
  const failures = file.cases.flatMap((vector) => {
    const problems = failuresOf(file, vector);
    return problems.length > 0 ? [{ name: vector.name, problems }] : [];
  });
  return { passed: file.cases.length - failures.length, failures };
}

function failuresOf(file: VectorFile, vector: VectorCase): string[] {
  try {
    return compare(vector, explain(file.world, vector.at, vector.request ?? null, vector.call));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function compare(vector: VectorCase, actual: Explanation): string[] {
  const problems: string[] = [];
  const same = (what: string, expected: unknown, got: unknown) => {
    if (expected !== undefined && JSON.stringify(expected) !== JSON.stringify(got)) {
      problems.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
    }
  };
  same('lane', vector.expectLane, actual.lane);
  same('reason', vector.expectReason, actual.reason);
  if (!vector.call && asksForCall(vector)) return [...problems, 'call: expectations of a call, but no call is given'];
  same('eligible', sorted(vector.expectEligible), sorted(actual.call?.eligible));
  same('call reason', vector.expectCallReason, actual.call?.reason);
  same('error', vector.expectError, actual.call?.error);
  for (const [name, expected] of Object.entries(vector.expectSent ?? {})) {
    const got = actual.call?.sent[name.toLowerCase()] ?? null;
    same(`sent ${name}`, canonical(name, expected), canonical(name, got));
  }
  return problems;
}

function asksForCall(vector: VectorCase): boolean {
  const { expectEligible, expectCallReason, expectSent, expectError } = vector;
  return [expectEligible, expectCallReason, expectSent, expectError].some((expected) => expected !== undefined);
}

function sorted(ids: readonly string[] | null | undefined): readonly string[] | null | undefined {
  return ids ? [...ids].sort() : ids;
}

/** The members of baggage have no order, and blanks around them no meaning. */
function canonical(name: string, value: string | null): string | null {
  if (value === null || name.toLowerCase() !== 'baggage') return value;
  return value
    .split(',')
    .map((member) => member.trim())
    .sort()
    .join(',');
}
