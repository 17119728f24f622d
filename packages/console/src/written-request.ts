import type { WrittenRequest } from '@fairway/model';

/** A request as it was typed; lines of headers without a colon are passed over. */
export function requestOf(method: string, url: string, headers: string): WrittenRequest {
  const lines = headers.split('\n').map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line));
  const pairs = lines.flatMap((line) => (line ? [[line[1] ?? '', line[2] ?? ''] as const] : []));
  return { ...(method ? { method } : {}), url, headers: Object.fromEntries(pairs) };
}
