import { TrafficMeter } from '@fairway/core';
import type { Instance, Update } from '@fairway/model';
import { expect, it } from 'vitest';
import { CallLedger } from '../govern/call-ledger.ts';
import { nextPlan, type Plan } from '../govern/plan.ts';
import { createDirectory } from './directory.ts';

const CYCLES = 10_000;
const NONE = { set: [], removed: [] };

function instance(n: number): Instance {
  const host = `10.0.${n >> 8}.${n & 255}`;
  return { id: `i${n}`, service: 'shop/order', host, ports: [80], state: 'ready', lane: n % 2 ? 'gray' : 'base' };
}

it('10,000 starts and stops of instances leave nothing behind in the directory and the plan', () => {
  const directory = createDirectory('shop');
  let plan: Plan | undefined;
  let revision = 0;
  const deps = { dice: () => 0, ledger: new CallLedger(() => 0), meter: new TrafficMeter(), zone: undefined };
  const tables = () =>
    JSON.stringify(
      [...(plan?.callees ?? [])].map(([key, callee]) => [key, callee.table(0)]),
      plainly,
    );
  function apply(part: Partial<Update>): void {
    const head = { version: 1, epoch: 'e', revision: ++revision, namespace: 'shop', full: false } as const;
    const change = directory.apply({ ...head, resources: NONE, instances: NONE, addresses: {}, ...part });
    if (!change) throw new Error('an update was not applied');
    plan = nextPlan({ service: 'shop/web', lane: 'base' }, directory, change, plan, deps);
  }

  apply({ full: true, addresses: { 'order:80': 'shop/order' } });
  const before = { bytes: directory.bytes, ...directory.snapshot(), revision: 0 };
  const tablesBefore = tables();
  for (let n = 0; n < CYCLES; n++) {
    apply({ instances: { set: [instance(n)], removed: [] } });
    if (n % 1_000 === 0) expect(tables()).toContain(`"i${n}"`);
    apply({ instances: { set: [], removed: [`i${n}`] } });
  }
  expect({ bytes: directory.bytes, ...directory.snapshot(), revision: 0 }).toEqual(before);
  expect(tables()).toBe(tablesBefore);
});

/** Maps, which JSON leaves out, as their entries. */
function plainly(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
