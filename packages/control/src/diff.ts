/** One difference: where (`spec.entry[0].percent`; empty: the whole), and the values; null where there is none. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two JSON values, leaf by leaf; arrays are compared place by place. Empty: they are equal. */
export function diff(before: unknown, after: unknown, path = ''): Difference[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return diffArrays(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return [{ path, before: before ?? null, after: after ?? null }];
}

function diffArrays(before: readonly unknown[], after: readonly unknown[], path: string): Difference[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, index) => diff(before[index], after[index], `${path}[${index}]`)).flat();
}

function diffObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: string,
): Difference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => diff(own(before, key), own(after, key), joined(path, key)));
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function joined(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
