import type { HeaderEdit } from '@fairway/core';

/** Headers in the forms that undici takes: a flat list of names and values, pairs, an iterable of pairs, or an object. */
export type DispatchHeaders = unknown[] | Iterable<[string, unknown]> | Record<string, unknown> | null | undefined;

/** What undici is asked to send. */
export interface DispatchOptions {
  origin?: string | URL;
  path?: string;
  method?: string;
  query?: Record<string, unknown>;
  headers?: DispatchHeaders;
  upgrade?: unknown;
  body?: unknown;
  [mark: symbol]: unknown;
}

/** Headers as name and value, one by one, in the order given. */
export function headerPairs(headers: DispatchHeaders): [string, unknown][] {
  if (headers === null || headers === undefined) return [];
  if (Array.isArray(headers) && !Array.isArray(headers[0])) return flatPairs(headers);
  if (typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function') {
    return [...(headers as Iterable<[string, unknown]>)].map(([name, value]) => [String(name), value]);
  }
  return Object.entries(headers);
}

function flatPairs(flat: readonly unknown[]): [string, unknown][] {
  const pairs: [string, unknown][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([String(flat[i]), flat[i + 1]]);
  return pairs;
}

/** The options with headers that may be read more than once. */
export function replayable(options: DispatchOptions): DispatchOptions {
  const { headers } = options;
  const isIterable = headers && !Array.isArray(headers) && Symbol.iterator in headers;
  return isIterable ? { ...options, headers: headerPairs(headers).flat(1) } : options;
}

/** A header by its lower-case name; several are joined. */
export function headerIn(pairs: readonly [string, unknown][], name: string): string | undefined {
  const values = pairs.flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value].flat() : [],
  );
  return values.length === 0 ? undefined : values.map(String).join(', ');
}

/** The headers with changes, as a flat list, which every version takes; untouched where nothing changes. */
export function editedHeaders(headers: DispatchHeaders, edits: readonly HeaderEdit[]): DispatchHeaders {
  if (edits.length === 0) return headers;
  const kept = headerPairs(headers).filter(([name]) => !edits.some(([edited]) => edited === name.toLowerCase()));
  const set = edits.filter((edit): edit is [string, string] => edit[1] !== null);
  return [...kept, ...set].flat(1);
}

/** Path and query, as they will be sent. */
export function targetOf({ path = '/', query }: DispatchOptions): string {
  if (!query || typeof query !== 'object') return path;
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`;
}
