import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { FairwayError } from '@fairway/model';

/** Costs 32 MiB and three passes over them (OWASP, password storage, 2025). Written into each hash, so that it can be raised. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Passwords that are computed at a time, and that may wait for it. */
const MAX_RUNNING = 2;
const MAX_WAITING = 32;

let running = 0;
const waiting: (() => void)[] = [];

/** A password as it is kept: `scrypt$N$r$p$salt$key`. @throws FairwayError FAIRWAY_RATE_LIMITED */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derived(password, salt, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether a password is the one of a hash; without a hash, or with an empty one, never, after as long. @throws FairwayError FAIRWAY_RATE_LIMITED */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, key] = (hash || NOBODY).split('$');
  const known = Buffer.from(key ?? '', 'base64url');
  const found = await derived(password, Buffer.from(salt ?? '', 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(found, known) && Boolean(hash);
}

/** Of nobody's password. */
const NOBODY = ['scrypt', COST.N, COST.r, COST.p, 'AAAA', Buffer.alloc(KEY_BYTES).toString('base64url')].join('$');

async function derived(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  if (running >= MAX_RUNNING) {
    if (waiting.length >= MAX_WAITING)
      throw new FairwayError('FAIRWAY_RATE_LIMITED', 'too many sign in at this moment');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running++;
  try {
    const options: ScryptOptions = { ...cost, maxmem: 2 * 128 * cost.N * cost.r };
    return await new Promise((resolve, reject) => {
      const done = (error: Error | null, key: Buffer) => (error ? reject(error) : resolve(key));
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, done);
    });
  } finally {
    running--;
    waiting.shift()?.();
  }
}
