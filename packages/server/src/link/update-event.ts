import type { Update } from '@fairway/model';

/** What was serialized before. Resources and instances are never changed, only replaced. */
const serialized = new WeakMap<object, string>();

/** How long an instance has been ready; undefined: it is not told. */
export type ReadyForMs = (id: string) => number | undefined;

/**
 * An SSE event of the link. What many updates hold is serialized once; how long instances have been ready is put in as
 * it is now. `paceMs`: over how long agents are to spread what all of them do at one time; 0: they need not.
 */
export function updateEvent({ resources, instances, ...rest }: Update, paceMs: number, readyForMs: ReadyForMs): string {
  const head = JSON.stringify(rest).slice(0, -1);
  const told = instances.set.map((instance) => aged(once(instance), readyForMs(instance.id)));
  const data = `${head},"resources":${partOf(resources.set.map(once), resources.removed)},"instances":${partOf(told, instances.removed)}}`;
  const retry = paceMs > 0 ? `retry: ${paceMs}\n` : '';
  return `event: update\nid: ${rest.epoch}.${rest.revision}\n${retry}data: ${data}\n\n`;
}

function partOf(set: readonly string[], removed: readonly string[]): string {
  return `{"set":[${set.join()}],"removed":${JSON.stringify(removed)}}`;
}

function aged(text: string, readyForMs: number | undefined): string {
  return readyForMs === undefined ? text : `${text.slice(0, -1)},"readyForMs":${readyForMs}}`;
}

function once(value: object): string {
  const before = serialized.get(value);
  if (before !== undefined) return before;
  const text = JSON.stringify(value);
  serialized.set(value, text);
  return text;
}
