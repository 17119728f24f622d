import type { StickyBy } from '@fairway/model';
import { literal } from './text.ts';
import { SELF, type VariableBook } from './variable-book.ts';

/**
 * A part of a request as NGINX has it. `probe` is `=` followed by the value, or empty where the request has none: so an
 * empty value is told from an absent one.
 */
export interface Source {
  readonly probe: string;
  /** The value; empty where absent. */
  readonly value: string;
  /** Percent-encoded where conditions read it decoded. */
  readonly isEncoded: boolean;
}

/** Why a part of a request cannot be read here, in words for an error. */
interface Unreadable {
  readonly found: string;
  readonly expected: string;
}

/** What is asked for: `caller` is never known at a gateway. */
export type Wanted = 'path' | 'method' | 'host' | 'clientIp' | Exclude<StickyBy, 'clientIp'>;

/** The group of a pattern that holds the value, and how a value names it. */
const GROUP = `(?<${SELF}_v>`;
const VALUE = `$${SELF}_v`;

function extracted(book: VariableBook, from: string, pattern: string, isEncoded = false): Source {
  const probe = book.map(from, [[pattern, `=${VALUE}`]], '');
  return { probe, value: book.map(probe, [[`(?s)\\A=${GROUP}.*)\\z`, VALUE]], ''), isEncoded };
}

function whole(variable: string): Source {
  return { probe: `=${variable}`, value: variable, isEncoded: false };
}

/** NGINX has no word for a header that is there and empty: it counts as absent. */
function headerSource(book: VariableBook, name: string): Source | Unreadable {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    return {
      found: JSON.stringify(name),
      expected: 'a header name of letters, digits, - and _ (NGINX reads no others)',
    };
  }
  const variable = `$http_${name.toLowerCase().replaceAll('-', '_')}`;
  return { probe: book.map(variable, [['(?s).', `=${variable}`]], ''), value: variable, isEncoded: false };
}

/** The first cookie of that name, as the agents read it: parts end at `;`, blanks around them do not count. */
function cookieSource(book: VariableBook, name: string): Source {
  const pattern = `\\A(?:[^;]*;)*?[ \\t]*${literal(name)}[ \\t]*=[ \\t]*${GROUP}[^;]*?)[ \\t]*(?:;|\\z)`;
  return extracted(book, '$http_cookie', pattern);
}

function querySource(book: VariableBook, name: string): Source {
  const pattern = `\\A[^?#]*\\?(?:[^&#]*&)*?${literal(name)}(?:=${GROUP}[^&#]*))?(?:[&#]|\\z)`;
  return extracted(book, '$request_uri', pattern, true);
}

/** A part of an HTTP request. */
function httpSource(book: VariableBook, wanted: Wanted): Source | Unreadable {
  if (wanted === 'clientIp') return whole('$remote_addr');
  if (wanted === 'method') return whole('$request_method');
  if (wanted === 'path') return extracted(book, '$request_uri', `\\A${GROUP}[^?#]*)`);
  if (wanted === 'host') return extracted(book, '$host', `\\A\\[?${GROUP}[^\\]]*)\\]?\\z`);
  if ('header' in wanted) return headerSource(book, wanted.header);
  return 'cookie' in wanted ? cookieSource(book, wanted.cookie) : querySource(book, wanted.query);
}

/** All that a TCP connection tells before it speaks is who calls. */
function tcpSource(_book: VariableBook, wanted: Wanted): Source | 'absent' {
  return wanted === 'clientIp' ? whole('$remote_addr') : 'absent';
}

/** How one kind of entry reads requests, and what is different in each of them. */
export interface Reader {
  /** `absent`: no request of this kind has such a part. */
  readonly source: (book: VariableBook, wanted: Wanted) => Source | Unreadable | 'absent';
  /** Text that differs for each request: draws without a key are made of it. */
  readonly noise: string;
}

export const HTTP_READER: Reader = { source: httpSource, noise: '$request_id' };
export const TCP_READER: Reader = { source: tcpSource, noise: '$connection:$remote_addr:$remote_port:$msec' };
