import { type EntryRule, type Split, serviceKey } from '@fairway/model';
import { compileCondition, type Predicate } from './condition.ts';
import type { PlacedEntry } from './entry-order.ts';
import { ALL_POINTS, drawnPosition, type Position, pointsOf, stickyKey, stickyPosition } from './percent.ts';
import type { Dice, RequestView } from './request-view.ts';

/** Gives a request a lane where it comes in; undefined: it has nothing to say about this one. */
export interface Entry {
  /** How it is called in explanations. */
  readonly name: string;
  /** Services (and gateways) at which it holds, in full. */
  readonly services: readonly string[];
  readonly choose: (request: RequestView, dice: Dice) => string | undefined;
}

function matchOf(rule: EntryRule, lane: string, namespace: string): Predicate | undefined {
  const own = rule.match ? compileCondition(rule.match, namespace) : undefined;
  if (!rule.header) return own;
  const { name, value = lane } = rule.header;
  const header = compileCondition({ header: name, exact: value }, namespace);
  return own ? (request) => header(request) && own(request) : header;
}

function positionOf(
  rule: Pick<EntryRule, 'stickyBy' | 'keyless'>,
  salt: string,
  request: RequestView,
  dice: Dice,
): Position | undefined {
  if (rule.stickyBy === undefined) return drawnPosition(dice);
  const key = stickyKey(rule.stickyBy, request);
  if (key !== undefined) return stickyPosition(salt, key);
  return rule.keyless === 'random' ? drawnPosition(dice) : undefined;
}

/** Compiles an entry rule. @throws when its condition is not well formed */
export function compileEntry({ lane, rule, salt, services }: PlacedEntry, namespace: string): Entry {
  const match = matchOf(rule, lane, namespace);
  const points = rule.percent === undefined ? ALL_POINTS : pointsOf(rule.percent);
  return {
    name: `entry ${salt} of lane ${lane}`,
    services,
    choose: (request, dice) => {
      if (match && !match(request)) return undefined;
      if (points >= ALL_POINTS && rule.stickyBy === undefined) return lane;
      return positionOf(rule, salt, request, dice)?.(points) ? lane : undefined;
    },
  };
}

/**
 * A split carves the bucket line in the order written; the rest is base. A part of a disabled lane keeps its place on
 * the line and gives base, so that nobody else moves.
 */
export function compileSplit(split: Split, namespace: string, isDisabled: (lane: string) => boolean): Entry {
  const salt = split.metadata.name;
  let total = 0;
  const parts = split.spec.split.map(({ lane, percent }) => {
    total += pointsOf(percent);
    return { lane, upTo: total };
  });
  return {
    name: `split ${salt}`,
    services: split.spec.services.map((ref) => serviceKey(ref, namespace)),
    choose: (request, dice) => {
      const position = positionOf(split.spec, salt, request, dice);
      const part = position && parts.find(({ upTo }) => position(upTo));
      return part && !isDisabled(part.lane) ? part.lane : undefined;
    },
  };
}
