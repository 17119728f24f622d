import { timingSafeEqual } from 'node:crypto';

/** Whether what was told is a secret, in a time that does not say how much of it is right. */
export function isSameSecret(secret: string, told: string): boolean {
  const [known, found] = [Buffer.from(secret), Buffer.from(told)];
  return known.length === found.length && timingSafeEqual(known, found);
}
