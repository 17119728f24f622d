import type { FleetResult } from './main.ts';
import type { ChangeResult, Spread } from './scenario.ts';

const KIB = 1024;

function count(value: number): string {
  return value.toLocaleString('en');
}

function kibibytes(bytes: number): string {
  return `${(bytes / KIB).toFixed(1)} KiB`;
}

function milliseconds({ p50, p99, max }: Spread): string {
  const ms = (value: number) => count(Math.round(value));
  return `p50 ${ms(p50)} ms, p99 ${ms(p99)} ms, longest ${ms(max)} ms`;
}

function changeRows(what: string, { agents, answeredMs, appliedMs, acknowledgedMs }: ChangeResult): string[][] {
  return [
    [`${what}: done, for who asked`, milliseconds(answeredMs)],
    [`… applied by ${count(agents)} agents`, milliseconds(appliedMs)],
    ['… acknowledged by them', milliseconds(acknowledgedMs)],
  ];
}

/** What a fleet showed, a line each. */
export function fleetRows({
  agents,
  world,
  load,
  memory,
  rule,
  join,
  leave,
  churn,
  slow,
  storm,
}: FleetResult): string[][] {
  const { connected, changed } = memory;
  const { witness } = storm;
  return [
    ['agents', `${count(agents)}, of ${count(world.services)} services; each calls ${world.calls} of them`],
    ['load of the machine meanwhile', load.toFixed(1)],
    ['memory of the server for each: RSS', kibibytes(connected.rssBytes)],
    [
      '… held, after a collection',
      `${kibibytes(connected.heldBytes)}; after the changes ${kibibytes(changed.heldBytes)}`,
    ],
    ...changeRows('a rule changes', rule),
    ...changeRows('an instance joins', join),
    ...changeRows('an instance leaves', leave),
    [
      `${count(churn.cycles)} further instances start and stop: held more after than before`,
      kibibytes(churn.heldBytes),
    ],
    [
      `${count(slow.readers)} agents that do not read ${kibibytes(slow.changedBytes)} of changes: held for each`,
      kibibytes(slow.heldBytes),
    ],
    ['… read in the end', `${kibibytes(slow.readBytes)}, ${slow.updates} updates for ${slow.changes} changes`],
    ['the server is killed: until it listens again', `${count(Math.round(storm.downMs))} ms`],
    ['… from then until an agent is back', milliseconds(storm.backMs)],
    ['… until all know what they knew', `${count(Math.round(storm.convergedMs))} ms`],
    ['… times that an agent was told that an instance is gone', count(storm.removed)],
    ['… CPU of the server meanwhile', `${count(Math.round(storm.serverCpuMs))} ms`],
    [
      '… CPU of an application under the agent',
      `${witness.quiet.toFixed(1)} ms a second before, ${witness.storm.toFixed(1)} meanwhile`,
    ],
  ];
}
