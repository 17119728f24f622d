import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { followClaim, followHeader } from '@fairway/core';
import { WIRE_VERSION } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { createFollowGate, type FollowGate } from './follow-gate.ts';

const KEY = 'aaaaaaaa';
const pair = generateKeyPairSync('ed25519');
const TOLD_MS = 1_700_000_000_000;

function header(n: number, expiresS: number, privateKey: KeyObject = pair.privateKey, key = KEY): string {
  const id = n.toString(16).padStart(32, '0');
  const signature = sign(null, Buffer.from(followClaim(key, id, expiresS)), privateKey).toString('base64url');
  return followHeader({ key, id, expiresS, signature });
}

/** A gate at a clock of its own, which says another time than the control plane. */
function gateAt(): { gate: FollowGate; pass(ms: number): void } {
  let nowMs = 5_000;
  const gate = createFollowGate(() => nowMs);
  return {
    gate,
    pass(ms) {
      nowMs += ms;
    },
  };
}

function learn(gate: FollowGate): void {
  const key = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');
  gate.learn({ version: WIRE_VERSION, nowMs: TOLD_MS, keys: [{ id: KEY, key }] });
}

const SOON_S = TOLD_MS / 1000 + 60;

describe('a request is followed', () => {
  it('when the control plane signed its header, until the time of the control plane is past what that says', () => {
    const { gate, pass } = gateAt();
    expect(gate.admit(header(1, SOON_S))).toBeUndefined();
    learn(gate);
    expect(gate.admit(header(1, SOON_S))).toMatchObject({ key: KEY, expiresS: SOON_S });
    expect(gate.admit(`${header(1, SOON_S)};${'b'.repeat(16)}`)).toMatchObject({ parent: 'b'.repeat(16) });
    pass(59_999);
    expect(gate.admit(header(1, SOON_S))).toBeDefined();
    pass(1);
    expect(gate.admit(header(1, SOON_S))).toBeUndefined();
    expect(gate.admit(header(2, SOON_S))).toBeUndefined();
  });

  it('by no other key, and by none of another name', () => {
    const { gate } = gateAt();
    learn(gate);
    const stranger = generateKeyPairSync('ed25519').privateKey;
    expect(gate.admit(header(1, SOON_S, stranger))).toBeUndefined();
    expect(gate.admit(header(1, SOON_S, pair.privateKey, 'bbbbbbbb'))).toBeUndefined();
    expect(gate.admit(header(1, SOON_S).replace(/.;|.$/, '!'))).toBeUndefined();
  });

  it('not more often in a second than it may, and a flood of forged headers costs few looks', () => {
    const { gate, pass } = gateAt();
    learn(gate);
    const good = header(1, SOON_S);
    const admitted = (count: number) => Array.from({ length: count }, () => gate.admit(good)).filter(Boolean).length;
    expect(admitted(200)).toBe(50);
    pass(1_000);
    expect(admitted(1)).toBe(1);
    const stranger = generateKeyPairSync('ed25519').privateKey;
    for (let n = 2; n < 40; n++) gate.admit(header(n, SOON_S, stranger));
    expect(gate.admit(header(99, SOON_S))).toBeUndefined();
    expect(gate.admit(good)).toBeDefined();
    pass(1_000);
    expect(gate.admit(header(99, SOON_S))).toBeDefined();
  });
});
