/**
 * Regular expressions of RE2, as the agents use them, written for the PCRE of NGINX so that both accept the same values.
 * Where the two read the same text differently the text is rewritten (`$`, `\s`), or refused with a reason.
 */

const SPACE = '\\t\\n\\f\\r ';

/** Escapes of which PCRE means something else, or that ask for characters beyond one byte. */
const REFUSED_ESCAPE = /^(?:[pPvChHRKXNGZ]|x\{)/;

export type Pattern = { readonly pcre: string } | { readonly refused: string };

interface Scan {
  readonly text: string;
  at: number;
  inClass: boolean;
  out: string;
}

function escaped(scan: Scan): string | undefined {
  const rest = scan.text.slice(scan.at + 1);
  if (REFUSED_ESCAPE.test(rest)) return `\\${rest[0]} has another meaning, or none, in NGINX`;
  const next = rest[0] ?? '';
  scan.at += 2;
  if (next === 'Q') return '\\Q cannot be written for NGINX';
  if (next === 's') scan.out += scan.inClass ? SPACE : `[${SPACE}]`;
  else if (next === 'S' && scan.inClass) return '\\S inside [ ] cannot be written for NGINX';
  else if (next === 'S') scan.out += `[^${SPACE}]`;
  else scan.out += `\\${next}`;
  return undefined;
}

function group(scan: Scan): string | undefined {
  const rest = scan.text.slice(scan.at);
  const flags = /^\(\?([a-zA-Z-]*)[:)]/.exec(rest);
  if (flags && /[mU]/.test(flags[1] ?? '')) return `the flags ${flags[1]} have another meaning in NGINX`;
  if (rest.startsWith('(?') && !flags) return 'a named group has no use here and is not written for NGINX';
  scan.out += '(';
  scan.at += 1;
  return undefined;
}

function plain(scan: Scan): string | undefined {
  const c = scan.text[scan.at] as string;
  if (c === '(' && !scan.inClass) return group(scan);
  if (c === '[' && !scan.inClass) openClass(scan);
  else if (c === ']' && scan.inClass) scan.inClass = false;
  scan.out += c === '$' && !scan.inClass ? '\\z' : (scan.text[scan.at] as string);
  scan.at += 1;
  return undefined;
}

/** A `]` that comes first in a class is one of its characters. */
function openClass(scan: Scan): void {
  scan.inClass = true;
  const start = /^\[\^?\]?/.exec(scan.text.slice(scan.at))?.[0] ?? '[';
  scan.out += start.slice(0, -1);
  scan.at += start.length - 1;
}

/** Writes an RE2 pattern, known to be well formed, for PCRE. It is to be put between anchors by the caller. */
export function translatePattern(re2: string): Pattern {
  if (!/^[\x20-\x7e]*$/.test(re2)) return { refused: 'only printable ASCII can be compared byte for byte' };
  if (/\[:\^?\w+:\]/.test(re2)) return { refused: 'a class such as [:word:] has another meaning in NGINX' };
  const scan: Scan = { text: re2, at: 0, inClass: false, out: '' };
  while (scan.at < re2.length) {
    const refused = re2[scan.at] === '\\' ? escaped(scan) : plain(scan);
    if (refused !== undefined) return { refused };
  }
  return { pcre: scan.out };
}
