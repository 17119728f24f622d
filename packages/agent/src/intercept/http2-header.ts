import type { HeaderEdit, RequestView } from '@fairway/core';
import type { HeaderBlock } from './http2-internals.ts';

/** Headers as a session takes them: an object, or (since Node.js 22) a flat list of names and values. */
export type StreamHeaders = Readonly<Record<string, unknown>> | readonly unknown[] | null | undefined;

/** A request as the governor sees it. */
export class StreamRequest implements RequestView {
  readonly #headers: StreamHeaders;
  readonly #authority: string;

  /** `authority`: what Node.js writes where the headers name none. */
  constructor(headers: StreamHeaders, authority: string) {
    this.#headers = headers;
    this.#authority = authority;
  }

  get method(): string {
    return this.header(':method') ?? 'GET';
  }

  get url(): string {
    return this.header(':path') ?? '/';
  }

  header(name: string): string | undefined {
    const value = valueIn(this.#headers, name);
    if (value !== undefined) return Array.isArray(value) ? value.join(', ') : String(value);
    return name === 'host' ? (this.header(':authority') ?? this.#authority) : undefined;
  }
}

function valueIn(headers: StreamHeaders, name: string): unknown {
  if (headers === null || headers === undefined) return undefined;
  if (Array.isArray(headers)) return valueInList(headers, name);
  const object = headers as Record<string, unknown>;
  if (object[name] !== undefined) return object[name];
  const key = Object.keys(object).find((one) => one.length === name.length && one.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

function valueInList(list: readonly unknown[], name: string): unknown {
  const values = list.filter((_, i) => i % 2 === 1 && String(list[i - 1]).toLowerCase() === name);
  return values.length > 1 ? values : values[0];
}

/** One header of a block: its name in lower case, its value, and one character that says whether it may be indexed. */
const ENTRY = /([^\0]+)\0[^\0]*\0[\s\S]/g;
const MAY_BE_INDEXED = '\0';

/** The block with changes. */
export function editedBlock([text, count]: HeaderBlock, edits: readonly HeaderEdit[]): HeaderBlock {
  let edited = text;
  let left = count;
  for (const [name, value] of edits) {
    // Hardly ever is there a header of that name already.
    if (edited.includes(`${name}\0`)) {
      edited = edited.replace(ENTRY, (entry, found) => {
        if (found !== name) return entry;
        left--;
        return '';
      });
    }
    if (value === null) continue;
    edited += `${name}\0${value}\0${MAY_BE_INDEXED}`;
    left++;
  }
  return [edited, left];
}
