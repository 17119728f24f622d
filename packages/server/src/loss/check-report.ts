import type { Instance, LedgerReport, Problem } from '@fairway/model';

/** Who reports, and what there is to report of. */
export interface Reporter {
  readonly instance: Instance;
  /** Whether its agent is told of the instances of a service. */
  follows(service: string): boolean;
  /** Instances that are known now. */
  get(id: string): Instance | undefined;
}

/** What an agent may tell of others: what it did to them. */
const OF_OTHERS: ReadonlySet<string> = new Set(['ejected', 'returned']);

/**
 * What a report says that its agent cannot know: transitions are of itself, or that it ejected an instance of a service
 * that it calls; counts are of instances of such services. One that is gone meanwhile may be reported of.
 */
export function reportProblems({ transitions, counts }: LedgerReport, reporter: Reporter): Problem[] {
  const own = reporter.instance;
  const ofTransitions = transitions.flatMap(({ instance, service, what }, index) => {
    const path = `transitions[${index}]`;
    if (OF_OTHERS.has(what)) return calledProblems(path, instance, service, reporter);
    if (instance !== own.id) {
      return [problem(`${path}.instance`, instance, `${own.id}, who reports: of others only ejected and returned`)];
    }
    return service === own.service ? [] : [problem(`${path}.service`, service, own.service)];
  });
  const ofCounts = counts.flatMap(({ instance, service }, index) =>
    calledProblems(`counts[${index}]`, instance, service, reporter),
  );
  return [...ofTransitions, ...ofCounts];
}

/** What is wrong with a service that the reporter is to call, and with an instance of it. */
export function calledProblems(
  path: string,
  instance: string | undefined,
  service: string,
  { get, follows }: Pick<Reporter, 'get' | 'follows'>,
): Problem[] {
  if (!follows(service)) return [problem(`${path}.service`, service, 'a service that the reporter calls')];
  const known = instance === undefined ? undefined : get(instance);
  return !known || known.service === service ? [] : [problem(`${path}.service`, service, known.service)];
}

function problem(path: string, found: string, expected: string): Problem {
  return { path, found: JSON.stringify(found), expected };
}
