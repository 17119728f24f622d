import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type FollowClaim, parseFollow } from '@fairway/core';
import type { FollowKeys } from '@fairway/model';

/** Decides whether a request is followed: by what the control plane signed, and by nothing that anyone else can make. */
export interface FollowGate {
  /** The control plane told its keys: they take the place of those before. */
  learn(keys: FollowKeys): void;
  /** What a header says, where it is to be believed. */
  admit(header: string): FollowClaim | undefined;
}

/** Signatures looked at in a second: each takes about as long as a hundred decisions. */
const MAX_CHECKS = 20;
/** Requests followed in a second. */
const MAX_FOLLOWED = 50;
const MAX_KEYS = 8;
/** Headers that are known to be good. */
const MAX_KNOWN = 64;

/** Creates a gate that lets nothing through before it learnt keys. `nowMs`: of a clock that does not go back. */
export function createFollowGate(nowMs: () => number): FollowGate {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  /** Time of the control plane less time here. */
  let aheadMs = 0;
  const known = new Set<string>();
  const checks = everySecond(MAX_CHECKS, nowMs);
  const followed = everySecond(MAX_FOLLOWED, nowMs);

  function isGood({ key, signed, signature }: FollowClaim): boolean {
    const text = `${signed}.${signature}`;
    if (known.has(text)) return true;
    const publicKey = keys.get(key);
    if (!publicKey || !checks()) return false;
    if (!verify(null, Buffer.from(signed), publicKey, Buffer.from(signature, 'base64url'))) return false;
    if (known.size >= MAX_KNOWN) known.clear();
    known.add(text);
    return true;
  }

  return {
    learn(told) {
      aheadMs = told.nowMs - nowMs();
      const read = told.keys.slice(0, MAX_KEYS).map(({ id, key }) => [id, publicKeyOf(key)] as const);
      keys = new Map(read);
      known.clear();
    },
    admit(header) {
      if (keys.size === 0) return undefined;
      const claim = parseFollow(header);
      if (!claim || claim.expiresS * 1000 <= nowMs() + aheadMs || !isGood(claim)) return undefined;
      return followed() ? claim : undefined;
    },
  };
}

function publicKeyOf(key: string): KeyObject {
  return createPublicKey({ key: Buffer.from(key, 'base64url'), format: 'der', type: 'spki' });
}

/** Says yes so many times in a second. */
function everySecond(limit: number, nowMs: () => number): () => boolean {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    const atMs = nowMs();
    if (atMs - sinceMs >= 1000) {
      sinceMs = atMs;
      count = 0;
    }
    return ++count <= limit;
  };
}
