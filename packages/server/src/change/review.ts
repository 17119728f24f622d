import type { ResourceSet } from '@fairway/control';
import { checkReferences, type Shadow, shadows } from '@fairway/core';
import { invalid, namespaceOf, type Problem, type Resource, resourceKey } from '@fairway/model';
import type { Draft } from './draft.ts';

/**
 * Checks what each touched namespace would become: no draft may have a problem, and no other resource may get one that it
 * did not have (so that a resource gone stale never blocks a change elsewhere, least of all the switch).
 * @throws FairwayError FAIRWAY_INVALID with every problem
 */
export function checkDrafts(resources: Pick<ResourceSet, 'of'>, drafts: readonly Draft[]): void {
  const problems = [...duplicates(drafts), ...namespacesOf(drafts).flatMap((name) => review(name, resources, drafts))];
  if (problems.length > 0) throw invalid('the change', problems);
}

/** What is not wrong, and yet hardly meant: something of a resource that nothing will ever come to. */
export type Warning = Omit<Shadow, 'by'>;

/** The rules that drafts would hide, or that would be hidden in them. */
export function warningsOf(resources: Pick<ResourceSet, 'of'>, drafts: readonly Draft[]): Warning[] {
  const keys = new Set(drafts.map(({ key }) => key));
  return namespacesOf(drafts).flatMap((namespace) =>
    shadows(namespace, resulting(namespace, resources.of(namespace), drafts))
      .filter(({ key, by }) => keys.has(key) || keys.has(by))
      .map(({ key, path, text }) => ({ key, path, text })),
  );
}

function review(namespace: string, resources: Pick<ResourceSet, 'of'>, drafts: readonly Draft[]): Problem[] {
  const present = resources.of(namespace);
  const old = checkReferences(present);
  const problems: Problem[] = [];
  for (const [key, found] of checkReferences(resulting(namespace, present, drafts))) {
    const draft = drafts.find((candidate) => candidate.key === key);
    const known = new Set(draft ? [] : old.get(key)?.map(({ path }) => path));
    const prefix = draft ? draft.path : key;
    problems.push(...found.filter(({ path }) => !known.has(path)).map((problem) => placed(problem, prefix)));
  }
  return problems;
}

function resulting(namespace: string, present: readonly Resource[], drafts: readonly Draft[]): Resource[] {
  const result = new Map(present.map((resource) => [resourceKey(resource), resource]));
  for (const { key, resource } of drafts) {
    if (resource === null) result.delete(key);
    else if (namespaceOf(resource) === namespace) result.set(key, resource);
  }
  return [...result.values()];
}

function duplicates(drafts: readonly Draft[]): Problem[] {
  const seen = new Set<string>();
  return drafts.flatMap(({ key, path }) => {
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path, found: `${key} for the second time`, expected: 'each resource once' }];
  });
}

function namespacesOf(drafts: readonly Draft[]): string[] {
  return [...new Set(drafts.map(({ key }) => key.slice(0, key.indexOf('/'))))];
}

/** The problem, said of a part of the request. */
export function placed(problem: Problem, prefix: string): Problem {
  const path = prefix && problem.path ? `${prefix}.${problem.path}` : prefix || problem.path;
  return { ...problem, path };
}
