import { isLabel } from '@fairway/core';
import { literal } from './text.ts';
import { SELF, type VariableBook } from './variable-book.ts';

const LABEL = `\\A(?<${SELF}_v>[a-z0-9-]{1,63})\\z`;
const VALUE = `$${SELF}_v`;
const MEMBER = '[ \\t]*fairway\\.lane[ \\t]*=';

function headerVariable(name: string): string {
  return `$http_${name.toLowerCase().replaceAll('-', '_')}`;
}

/** The label in baggage, where there is exactly one and it is well formed. */
function baggageLabel(book: VariableBook): string {
  const value = `(?<${SELF}_v>[a-z0-9-]{1,63})[ \\t]*(?:;[^,]*)?`;
  const pattern = `\\A(?:(?!${MEMBER})[^,]*,)*${MEMBER}[ \\t]*${value}(?:,(?!${MEMBER})[^,]*)*\\z`;
  return book.map('$http_baggage', [[pattern, VALUE]], '');
}

/** The lane that a trusted request carries: its label, unless that lane is disabled (lane semantics, section 2). */
export function carriedLane(book: VariableBook, laneHeaders: readonly string[], disabled: readonly string[]): string {
  const headers = ['x-fairway-lane', ...laneHeaders];
  const labels = headers.map((name) => book.map(headerVariable(name), [[LABEL, VALUE]], ''));
  const label = book.first([...labels, baggageLabel(book)]);
  const known = disabled.filter(isLabel).map(literal);
  return known.length === 0 ? label : book.map(label, [[`\\A(?:${known.join('|')})\\z`, '']], label);
}

/** The baggage to send: without the lane that came, with the one that the request has now; other members are kept. */
export function sentBaggage(book: VariableBook, lane: string): string {
  const before = `(?<${SELF}_a>(?:(?!${MEMBER})[^,]*,)*)`;
  const one = `\\A${before}${MEMBER}[^,]*(?:,(?<${SELF}_b>.*))?\\z`;
  const without = book.map('$http_baggage', [[one, `$${SELF}_a$${SELF}_b`]], '$http_baggage');
  const tidy = book.map(
    without,
    [
      [`(?:\\A|,)${MEMBER}`, ''],
      [`\\A(?<${SELF}_v>.*?)[, \\t]*\\z`, VALUE],
    ],
    '',
  );
  if (lane === '') return tidy;
  const member = 'fairway.lane=';
  const opened = book.map(tidy, [['.', `${tidy},${member}`]], member);
  return book.map(lane, [['.', `${delimited(opened)}${lane}`]], tidy);
}

/** A variable whose name ends where it ends, whatever follows: a lane that every request gets is a plain word. */
function delimited(variable: string): string {
  return `\${${variable.slice(1)}}`;
}
