import { pathOf } from '../request-view.ts';

/** What has no endpoint of its own. */
export const OTHER_ENDPOINT = 'other';

const MAX_LENGTH = 128;
const MAX_SEGMENTS = 12;
/** From here on a segment of hexadecimal digits, or one with a digit in it, names a single thing. */
const MIN_HEX = 8;
const MIN_TOKEN = 20;
const MAX_WORD = 40;

const SLASH = 47;
const QUERY = 63;
const FRAGMENT = 35;
const PERCENT = 37;
const DASH = 45;

/**
 * The endpoint that a URL of a request belongs to: its path, in which numbers, UUIDs, hashes and other names of single
 * things are `:id`. Nothing is made for a path without any.
 *
 *     /orders/17/lines/3?all=1    -> /orders/:id/lines/:id
 *     /v1/users/9f86d081/avatar   -> /v1/users/:id/avatar
 *     /shop.Orders/Get            -> /shop.Orders/Get
 */
export function endpointOf(url: string): string {
  const path = url.charCodeAt(0) === SLASH ? url : pathOf({ url });
  let made = '';
  let taken = 0;
  let start = 0;
  let slashes = 0;
  let at = 0;
  for (; ; at++) {
    const code = at < path.length ? path.charCodeAt(at) : QUERY;
    const isEnd = code === QUERY || code === FRAGMENT;
    if (!isEnd && code !== SLASH) continue;
    if (!isWord(path, start, at)) {
      made += `${path.slice(taken, start)}:id`;
      taken = at;
    }
    if (isEnd) break;
    if (++slashes > MAX_SEGMENTS) return bounded(`${made}${path.slice(taken, at)}/*`);
    start = at + 1;
  }
  return bounded(taken === 0 ? path.slice(0, at) : made + path.slice(taken, at));
}

function bounded(endpoint: string): string {
  return endpoint.length <= MAX_LENGTH && endpoint !== '' ? endpoint : OTHER_ENDPOINT;
}

/** Whether a segment is one of a few that a program has, and not the name of a single thing. */
function isWord(path: string, start: number, end: number): boolean {
  const length = end - start;
  if (length > MAX_WORD) return false;
  let digits = 0;
  let hex = 0;
  for (let at = start; at < end; at++) {
    const code = path.charCodeAt(at);
    if (code <= 32 || code >= 127 || code === PERCENT) return false;
    const letter = code | 32;
    if (code >= 48 && code <= 57) digits++;
    else if (code === DASH || (letter >= 97 && letter <= 102)) hex++;
  }
  if (digits === 0) return true;
  if (digits === length || length >= MIN_TOKEN) return false;
  return digits + hex < length || length < MIN_HEX;
}
