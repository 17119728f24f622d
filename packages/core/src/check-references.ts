import {
  type EntryRule,
  found,
  type Lane,
  namespaceOf,
  type Problem,
  type Resource,
  type Route,
  resourceKey,
  type Split,
} from '@fairway/model';
import { checkCondition } from './condition.ts';
import { ALL_POINTS, pointsOf } from './percent.ts';
import { isPropagable } from './rules.ts';

/** Names that mean base and so cannot be a lane's. */
const BASE = 'base';

function checkPercent(percent: number | undefined, path: string): Problem[] {
  if (percent === undefined || Math.abs(percent * 100 - pointsOf(percent)) < 1e-6) return [];
  return [{ path, found: found(percent), expected: 'at most two decimals' }];
}

function checkLaneName(lane: string, path: string, lanes: ReadonlySet<string>): Problem[] {
  if (lane === BASE || lanes.has(lane)) return [];
  const known = [...lanes].sort().slice(0, 5).join(', ');
  return [{ path, found: found(lane), expected: `base or a lane of this namespace${known && ` (${known})`}` }];
}

function checkEntry(rule: EntryRule, path: string, namespace: string): Problem[] {
  const problems = checkPercent(rule.percent, `${path}.percent`);
  if (rule.match) problems.push(...checkCondition(rule.match, `${path}.match`, namespace));
  if (rule.keyless !== undefined && rule.stickyBy === undefined) {
    problems.push({ path: `${path}.keyless`, found: found(rule.keyless), expected: 'stickyBy beside it' });
  }
  return problems;
}

function checkLane(lane: Lane, namespace: string, lanes: ReadonlySet<string>): Problem[] {
  const { name } = lane.metadata;
  const { entry = [], fallback = [] } = lane.spec;
  const problems = entry.flatMap((rule, i) => checkEntry(rule, `spec.entry[${i}]`, namespace));
  if (name === BASE) problems.push({ path: 'metadata.name', found: found(name), expected: 'a name other than base' });
  if (!/^[a-z0-9-]{1,63}$/.test(name)) {
    problems.push({
      path: 'metadata.name',
      found: found(name),
      expected: 'a label of 1 to 63 characters of a-z, 0-9 and -',
    });
  }
  fallback.forEach((target, i) => {
    problems.push(...checkLaneName(target, `spec.fallback[${i}]`, lanes));
    if (target === name) problems.push({ path: `spec.fallback[${i}]`, found: found(target), expected: 'another lane' });
  });
  return problems;
}

function checkSplit(split: Split, lanes: ReadonlySet<string>): Problem[] {
  const parts = split.spec.split;
  const problems = parts.flatMap(({ lane, percent }, i) => [
    ...checkLaneName(lane, `spec.split[${i}].lane`, lanes),
    ...checkPercent(percent, `spec.split[${i}].percent`),
  ]);
  const total = parts.reduce((sum, { percent }) => sum + pointsOf(percent), 0);
  if (total > ALL_POINTS) {
    problems.push({ path: 'spec.split', found: `${total / 100} percent in all`, expected: 'at most 100' });
  }
  return problems;
}

function checkRoute(route: Route, namespace: string, lanes: ReadonlySet<string>): Problem[] {
  const problems = (route.spec.propagate ?? []).flatMap((name, i): Problem[] =>
    isPropagable(name)
      ? []
      : [
          {
            path: `spec.propagate[${i}]`,
            found: found(name),
            expected: 'a header that is not of one hop or of the agent',
          },
        ],
  );
  route.spec.rules.forEach((rule, i) => {
    const path = `spec.rules[${i}]`;
    if (rule.match) problems.push(...checkCondition(rule.match, `${path}.match`, namespace));
    rule.to.forEach(({ lane }, j) => {
      if (lane !== undefined) problems.push(...checkLaneName(lane, `${path}.to[${j}].lane`, lanes));
    });
  });
  return problems;
}

function checkOne(resource: Resource, lanes: ReadonlySet<string>): Problem[] {
  const namespace = namespaceOf(resource);
  switch (resource.kind) {
    case 'Lane':
      return checkLane(resource, namespace, lanes);
    case 'Split':
      return checkSplit(resource, lanes);
    case 'Route':
      return checkRoute(resource, namespace, lanes);
    case 'Service':
      return checkPorts(resource.spec.ports ?? {});
    case 'Gateway':
      return checkListeners(resource.spec.entries);
    default:
      return [];
  }
}

function checkPorts(ports: Readonly<Record<string, number>>): Problem[] {
  return Object.keys(ports)
    .filter((dialled) => Number(dialled) < 1 || Number(dialled) > 65_535)
    .map((dialled) => ({
      path: `spec.ports[${JSON.stringify(dialled)}]`,
      found: found(dialled),
      expected: 'a port from 1 to 65535',
    }));
}

function checkListeners(entries: readonly { name: string; listen: string; protocol: string }[]): Problem[] {
  const problems: Problem[] = [];
  entries.forEach((entry, i) => {
    const port = Number(entry.listen.slice(entry.listen.lastIndexOf(':') + 1));
    const path = `spec.entries[${i}]`;
    if (port < 1 || port > 65_535)
      problems.push({ path: `${path}.listen`, found: found(entry.listen), expected: 'a port from 1 to 65535' });
    const before = entries.slice(0, i);
    if (before.some(({ name }) => name === entry.name))
      problems.push({ path: `${path}.name`, found: found(entry.name), expected: 'a name that no entry before it has' });
    if (
      before.some(({ listen, protocol }) => listen === entry.listen && (protocol === 'tcp' || entry.protocol === 'tcp'))
    ) {
      problems.push({
        path: `${path}.listen`,
        found: found(entry.listen),
        expected: 'an address that no TCP entry shares',
      });
    }
  });
  return problems;
}

/**
 * What is wrong with resources beyond their form: conditions, percentages, regular expressions, and references to lanes
 * that do not exist. `resources`: all of one namespace, as they would be. By key; those without problems are left out.
 */
export function checkReferences(resources: readonly Resource[]): Map<string, Problem[]> {
  const lanes = new Set(resources.filter((resource) => resource.kind === 'Lane').map((lane) => lane.metadata.name));
  return new Map(
    resources.flatMap((resource) => {
      const problems = checkOne(resource, lanes);
      return problems.length > 0 ? [[resourceKey(resource), problems] as const] : [];
    }),
  );
}
