import { compileRules, inboundLane, type Rules, type Self } from '@fairway/core';
import { namespaceOfService } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { Change, Directory } from '../link/directory.ts';
import { Callee, type CalleeDeps } from './callee.ts';

/** What calls are decided by: compiled, immutable, replaced as one. */
export interface Plan {
  readonly self: Self;
  readonly rules: Rules;
  /** Lane of work that no request started. */
  readonly ambientLane: string;
  /** By service in full. */
  readonly callees: ReadonlyMap<string, Callee>;
}

/** What plans are made with. */
export interface PlanDeps extends CalleeDeps {
  /** Zone of this instance. */
  readonly zone: string | undefined;
}

/** The plan after a change of the directory; only what changed is compiled again. Callees go on from the plan before. */
export function nextPlan(
  self: Self,
  directory: Directory,
  change: Change,
  before: Plan | undefined,
  deps: PlanDeps,
): Plan {
  const isNew = !before || change.rules;
  const rules = isNew ? compileRules(namespaceOfService(self.service), [...directory.resources], self) : before.rules;
  const callees = new Map(isNew ? [] : before.callees);
  for (const key of isNew ? directory.services : change.services) {
    const view = { rules, instances: [...directory.instancesOf(key)], zone: deps.zone };
    const known = before?.callees.get(key);
    known?.traffic.configure(view, nowMs());
    callees.set(key, known ?? new Callee(key, deps, view, nowMs()));
  }
  return { self, rules, ambientLane: inboundLane(rules, self, null, deps.dice).lane, callees };
}
