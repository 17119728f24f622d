import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { FOLLOW_HEADER, followClaim, followHeader } from '@fairway/core';
import { type Following, type FollowKeys, WIRE_VERSION } from '@fairway/model';

/** A key signs for so long, and is believed for as long again. */
const KEY_MS = 3_600_000;

interface Key {
  readonly id: string;
  readonly madeMs: number;
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

/**
 * Signs the headers by which requests are followed. Agents are told public keys alone, by which nothing can be forged. In
 * memory: what a control plane signed is worth nothing after it started anew.
 */
export class FollowSigner {
  readonly #nowMs: () => number;
  #keys: readonly Key[];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#keys = [newKey(nowMs())];
  }

  /** What agents are told. */
  get keys(): FollowKeys {
    const keys = this.#keys.map(({ id, publicKey }) => ({ id, key: publicKey }));
    return { version: WIRE_VERSION, nowMs: this.#nowMs(), keys };
  }

  /** Makes a new key where it is time to. Whether agents are to be told. */
  rotate(): boolean {
    const nowMs = this.#nowMs();
    const [newest] = this.#keys;
    if (newest && nowMs - newest.madeMs < KEY_MS) return false;
    this.#keys = [newKey(nowMs), ...this.#keys.slice(0, 1)];
    return true;
  }

  /** A header for a new request, good for `ttlMs`, which is to be less than a key is believed. */
  issue(ttlMs: number): Following {
    const id = randomBytes(16).toString('hex');
    const [key] = this.#keys as readonly [Key];
    const expiresS = Math.ceil((this.#nowMs() + ttlMs) / 1000);
    const signed = Buffer.from(followClaim(key.id, id, expiresS));
    const signature = sign(null, signed, key.privateKey).toString('base64url');
    return {
      id,
      header: FOLLOW_HEADER,
      value: followHeader({ key: key.id, id, expiresS, signature }),
      expiresAt: new Date(expiresS * 1000).toISOString(),
    };
  }
}

function newKey(madeMs: number): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return { id: randomBytes(4).toString('hex'), madeMs, privateKey, publicKey: der.toString('base64url') };
}
