import { pathOf } from '../request-view.ts';

/** What has no endpoint of its own. */
export const OTHER_ENDPOINT = 'other';

const MAX_LENGTH = 128;
const MAX_SEGMENTS = 12;
/** From here on a segment of hexadecimal digits, or one with a digit in it, names a single thing. */
const MIN_HEX = 8;
const MIN_TOKEN = 20;
const MAX_WORD = 40;
const MAX_REMEMBERED = 2_048;
const SLASH = 47;

/**
 * The endpoint that a path belongs to: numbers, UUIDs, hashes and other names of single things become `:id`.
 *
 *     /orders/17/lines/3          -> /orders/:id/lines/:id
 *     /v1/users/9f86d081/avatar   -> /v1/users/:id/avatar
 *     /shop.Orders/Get            -> /shop.Orders/Get
 */
export function endpointOf(path: string): string {
  const segments = path.split('/');
  if (segments.length > MAX_SEGMENTS + 1) segments.splice(MAX_SEGMENTS + 1, segments.length, '*');
  const endpoint = segments.map((segment) => (isName(segment) ? segment : ':id')).join('/');
  return endpoint.length <= MAX_LENGTH && endpoint !== '' ? endpoint : OTHER_ENDPOINT;
}

function isName(segment: string): boolean {
  const { length } = segment;
  if (length > MAX_WORD) return false;
  let digits = 0;
  let hex = 0;
  for (let at = 0; at < length; at++) {
    const code = segment.charCodeAt(at);
    if (code <= 32 || code >= 127 || code === 37) return false;
    const isDigit = code >= 48 && code <= 57;
    if (isDigit) digits++;
    const letter = code | 32;
    if (isDigit || code === 45 || (letter >= 97 && letter <= 102)) hex++;
  }
  if (digits === 0) return true;
  if (digits === length) return false;
  return !(hex === length && length >= MIN_HEX) && length < MIN_TOKEN;
}

/** Endpoints of URLs as they stand in requests. Paths that were seen lately are remembered, so that nothing is made for them. */
export class Endpoints {
  #known = new Map<string, string>();

  of(url: string): string {
    const end = url.search(QUERY);
    const path = url.charCodeAt(0) !== SLASH ? pathOf({ url }) : end < 0 ? url : url.slice(0, end);
    return this.#known.get(path) ?? this.#learn(path);
  }

  #learn(path: string): string {
    if (this.#known.size >= MAX_REMEMBERED) this.#known = new Map();
    const endpoint = endpointOf(path);
    if (path.length <= MAX_LENGTH) this.#known.set(path, endpoint);
    return endpoint;
  }
}

const QUERY = /[?#]/;
