import type { LiveAgent, NamespaceSummary } from '@fairway/client';
import type { AgentReport, PointReport } from '@fairway/model';
import { type Finding, note, problem, someOf } from './finding.ts';

/** What a switch that is off means, and how it is turned on again. */
export function checkOff({ name, enabled, off }: NamespaceSummary, agents: readonly LiveAgent[]): Finding[] {
  if (!enabled)
    return [
      problem(`namespace ${name} is off: its traffic is not governed`, `turn it on: fairway namespace on ${name}`),
    ];
  const services = off.services.map((service) =>
    problem(
      `service ${name}/${service} is off: its instances pass everything through`,
      `turn it on: fairway service on ${name}/${service}`,
    ),
  );
  const instances = off.instances.map((id) =>
    agents.some(({ instance }) => instance === id)
      ? problem(`instance ${id} is off: it passes everything through`, `turn it on: fairway instance on ${id}`)
      : note(`instance ${id} is off, and is not there`, `take it from the list: fairway instance on ${id}`),
  );
  return [...services, ...instances];
}

function checkPoint({ name, state, why = 'no reason given', faults }: PointReport): Finding[] {
  if (state === 'off' && why === 'FAIRWAY_DISABLE')
    return [note(`point ${name} is off by FAIRWAY_DISABLE`, 'unset it there and restart to have its traffic governed')];
  if (state !== 'on') {
    const what = `point ${name} is ${state}, for ${why}, and its traffic passes through untouched`;
    const how = state === 'paused' ? 'it is tried again by itself' : 'it stays off until the process is restarted';
    return [problem(what, `${how}; FAIRWAY_LOG=error there tells what failed`)];
  }
  if (faults === 0) return [];
  return [note(`point ${name} failed at times and went on`, 'FAIRWAY_LOG=error there tells what failed: report it')];
}

function checkReport({ aside, points }: AgentReport): Finding[] {
  if (aside === undefined) return points.flatMap(checkPoint);
  const what = `the agent passes everything through: ${aside}`;
  return [problem(what, 'raise FAIRWAY_BUDGET_MB there'), ...points.flatMap(checkPoint)];
}

/** What is wrong with agents by their own reports: points that are not on, faults, everything passed through. */
export function checkAgents(agents: readonly LiveAgent[]): Finding[] {
  const found = new Map<string, { finding: Finding; at: string[] }>();
  for (const { instance, report } of agents) {
    for (const finding of report ? checkReport(report) : []) {
      const same = found.get(finding.what);
      if (same) same.at.push(instance);
      else found.set(finding.what, { finding, at: [instance] });
    }
  }
  return [...found.values()].map(({ finding, at }) => ({ ...finding, what: `${finding.what}, at ${someOf(at)}` }));
}
