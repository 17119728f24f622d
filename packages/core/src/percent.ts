import type { StickyBy } from '@fairway/model';
import { murmurHash2 } from './murmur-hash2.ts';
import { cookieOf, type Dice, type RequestView, rawQueryOf } from './request-view.ts';

/** 100 percent, in points of a hundredth of a percent. */
export const ALL_POINTS = 10_000;

/** Percent with two decimals -> points: `12.34 -> 1234`. */
export function pointsOf(percent: number): number {
  return Math.round(percent * 100);
}

/** The hash below which a key is in, as NGINX's `split_clients` draws its ranges. */
export function bucketLimit(points: number): number {
  return Math.floor((points * 4_294_967_295) / ALL_POINTS);
}

/** Where a key stands on the bucket line, as a function of points: is it below them? */
export type Position = (points: number) => boolean;

/** The position of a sticky key: the same for the same salt and key, everywhere and for ever. */
export function stickyPosition(salt: string, key: string): Position {
  const hash = murmurHash2(`${salt}:${key}`);
  return (points) => points >= ALL_POINTS || hash < bucketLimit(points);
}

/** A position drawn by the dice. */
export function drawnPosition(dice: Dice): Position {
  const roll = dice() * ALL_POINTS;
  return (points) => roll < points;
}

/** The part of a request that a percentage sticks to, byte for byte as received; undefined: the request has none. */
export function stickyKey(by: StickyBy, request: RequestView): string | undefined {
  if (by === 'clientIp') return request.clientIp;
  if ('header' in by) return request.header(by.header.toLowerCase());
  if ('cookie' in by) return cookieOf(request, by.cookie);
  return rawQueryOf(request, by.query);
}
