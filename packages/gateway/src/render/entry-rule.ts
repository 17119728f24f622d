import { ALL_POINTS, orderedEntries, type PlacedEntry, pointsOf } from '@fairway/core';
import { namespaceOf, type Resource, type Split, type StickyBy, serviceKey } from '@fairway/model';
import { readSource, type Scope, writeCondition } from './condition.ts';
import { refusal } from './refusal.ts';
import type { Reader } from './source.ts';
import { isPlain, unexpanded } from './text.ts';
import type { Flag, VariableBook } from './variable-book.ts';

/** What the entry rules of a gateway are written from and to. */
export interface EntryScope {
  readonly book: VariableBook;
  readonly reader: Reader;
  /** The gateway in full: the rules that name it hold here. */
  readonly gateway: string;
  readonly namespace: string;
}

function ownerScope(scope: EntryScope, owner: string): Scope {
  return { book: scope.book, reader: scope.reader, owner };
}

/** A variable that holds one of the values by the position of the request on the bucket line; empty beyond them. */
function draw(
  scope: Scope,
  salt: string,
  by: { readonly stickyBy?: StickyBy; readonly keyless?: 'none' | 'random' },
  parts: readonly { readonly upTo: number; readonly value: string }[],
  path: string,
): string {
  const { book, reader } = scope;
  if (!isPlain(salt)) {
    throw refusal(scope.owner, { path: `${path}.id`, found: JSON.stringify(salt), expected: 'printable ASCII' });
  }
  const drawn = () => book.carve(`${unexpanded(salt)}:${reader.noise}`, parts);
  if (by.stickyBy === undefined) return drawn();
  const key = readSource(scope, by.stickyBy, `${path}.stickyBy`);
  if (key === 'absent') return by.keyless === 'random' ? drawn() : '';
  const sticky = book.carve(`${unexpanded(salt)}:${key.value}`, parts);
  if (by.stickyBy === 'clientIp') return sticky;
  return book.choose(book.matches(key.probe, '\\A='), sticky, by.keyless === 'random' ? drawn() : '');
}

function matchOf(scope: Scope, { lane, rule }: PlacedEntry, path: string): Flag {
  const { header, match } = rule;
  const flags: Flag[] = [];
  if (header) {
    const value = header.value ?? lane;
    flags.push(writeCondition(scope, { header: header.name, exact: value }, `${path}.header`));
  }
  if (match) flags.push(writeCondition(scope, match, `${path}.match`));
  return scope.book.all(flags);
}

function writeRule(entry: EntryScope, placed: PlacedEntry): string {
  const { lane, rule, index, salt } = placed;
  const scope = ownerScope(entry, `Lane ${lane}`);
  const path = `spec.entry[${index}]`;
  const points = rule.percent === undefined ? ALL_POINTS : pointsOf(rule.percent);
  const match = matchOf(scope, placed, path);
  if (points <= 0) return '';
  const isPlainMatch = points >= ALL_POINTS && rule.stickyBy === undefined;
  const value = isPlainMatch ? lane : draw(scope, salt, rule, [{ upTo: points, value: lane }], path);
  return entry.book.choose(match, value, '');
}

function writeSplit(entry: EntryScope, split: Split, disabled: ReadonlySet<string>): string {
  let upTo = 0;
  const parts = split.spec.split.map(({ lane, percent }) => {
    upTo += pointsOf(percent);
    return { upTo, value: disabled.has(lane) ? '' : lane };
  });
  const { name } = split.metadata;
  return draw(ownerScope(entry, `Split ${name}`), name, split.spec, parts, 'spec');
}

/**
 * Writes the entry rules and splits that name the gateway, in the order in which they are tried; each value is a lane,
 * or empty where the rule has nothing to say.
 *
 * @throws FairwayError FAIRWAY_GATEWAY_REFUSED naming the rule that NGINX cannot decide exactly
 */
export function writeEntries(entry: EntryScope, resources: readonly Resource[]): string[] {
  const own = resources.filter((resource) => namespaceOf(resource) === entry.namespace);
  const lanes = own.filter((resource) => resource.kind === 'Lane');
  const disabled = new Set(lanes.filter(({ spec }) => spec.enabled === false).map(({ metadata }) => metadata.name));
  const rules = orderedEntries(entry.namespace, lanes).filter(({ services }) => services.includes(entry.gateway));
  const splits = own
    .filter((resource) => resource.kind === 'Split')
    .filter(({ spec }) => spec.services.some((ref) => serviceKey(ref, entry.namespace) === entry.gateway))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return [
    ...rules.map((placed) => writeRule(entry, placed)),
    ...splits.map((split) => writeSplit(entry, split, disabled)),
  ];
}
