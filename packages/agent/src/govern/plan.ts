import {
  compileRules,
  compileService,
  type Dice,
  inboundLane,
  type Rules,
  type Self,
  type ServiceTable,
} from '@fairway/core';
import { namespaceOfService } from '@fairway/model';
import type { Change, Directory } from '../link/directory.ts';

/** What calls are decided by: compiled, immutable, replaced as one. */
export interface Plan {
  readonly self: Self;
  readonly rules: Rules;
  /** Lane of work that no request started. */
  readonly ambientLane: string;
  readonly tables: ReadonlyMap<string, ServiceTable>;
}

/** The plan after a change of the directory; only what changed is compiled again. */
export function nextPlan(self: Self, directory: Directory, change: Change, before: Plan | undefined, dice: Dice): Plan {
  const isNew = !before || change.rules;
  const rules = isNew ? compileRules(namespaceOfService(self.service), [...directory.resources], self) : before.rules;
  const tables = new Map(isNew ? [] : before.tables);
  for (const key of isNew ? directory.services : change.services) {
    tables.set(key, compileService(rules, key, [...directory.instancesOf(key)]));
  }
  return { self, rules, ambientLane: inboundLane(rules, self, null, dice).lane, tables };
}
