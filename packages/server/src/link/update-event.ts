import type { Update } from '@fairway/model';

/** What was serialized before. Resources and instances are never changed, only replaced. */
const serialized = new WeakMap<object, string>();

/**
 * An SSE event of the link. What many updates hold is serialized once. `paceMs`: over how long agents are to spread what
 * all of them do at one time; 0: they need not.
 */
export function updateEvent({ resources, instances, ...rest }: Update, paceMs: number): string {
  const head = JSON.stringify(rest).slice(0, -1);
  const data = `${head},"resources":${partOf(resources)},"instances":${partOf(instances)}}`;
  const retry = paceMs > 0 ? `retry: ${paceMs}\n` : '';
  return `event: update\nid: ${rest.epoch}.${rest.revision}\n${retry}data: ${data}\n\n`;
}

function partOf({ set, removed }: { readonly set: readonly object[]; readonly removed: readonly string[] }): string {
  return `{"set":[${set.map(once).join()}],"removed":${JSON.stringify(removed)}}`;
}

function once(value: object): string {
  const before = serialized.get(value);
  if (before !== undefined) return before;
  const text = JSON.stringify(value);
  serialized.set(value, text);
  return text;
}
