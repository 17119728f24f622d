import type { Update } from '@fairway/model';

/** What was serialized before. Resources and instances are never changed, only replaced. */
const serialized = new WeakMap<object, string>();

/** An SSE event of the link. What many updates hold is serialized once. */
export function updateEvent({ resources, instances, ...rest }: Update): string {
  const head = JSON.stringify(rest).slice(0, -1);
  const data = `${head},"resources":${partOf(resources)},"instances":${partOf(instances)}}`;
  return `event: update\nid: ${rest.epoch}.${rest.revision}\ndata: ${data}\n\n`;
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
