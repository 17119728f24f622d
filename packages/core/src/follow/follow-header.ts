/** The header that has a request followed: what the control plane signed, and the hop that it was last sent by. */
export const FOLLOW_HEADER = 'x-fairway-follow';

/** What a header says, before anyone looked at its signature. */
export interface FollowClaim {
  /** Of the key that it was signed with. */
  readonly key: string;
  /** Of the request's trace. */
  readonly id: string;
  /** By the time of the control plane, in seconds since 1970. */
  readonly expiresS: number;
  /** What was signed. */
  readonly signed: string;
  /** In base64url. */
  readonly signature: string;
  /** The hop that sent it; undefined: nobody of ours. Not signed: it says only where a hop is drawn. */
  readonly parent: string | undefined;
}

/** Says for what else than this header a signature is not made. */
const PURPOSE = 'fairway-follow.1';
const FORM = /^([0-9a-f]{8})\.([0-9a-f]{32})\.([0-9]{1,12})\.([A-Za-z0-9_-]{86})(?:;([0-9a-f]{16}))?$/;
const MAX_LENGTH = 8 + 32 + 12 + 86 + 16 + 4;

/** What is signed for a trace: never anything else. */
export function followClaim(key: string, id: string, expiresS: number): string {
  return `${PURPOSE}.${key}.${id}.${expiresS}`;
}

/** Reads a header; undefined: it is not in form. Whoever believes it checks its signature and its time before. */
export function parseFollow(header: string): FollowClaim | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const [, key, id, expires, signature, parent] = FORM.exec(header) ?? [];
  if (key === undefined || id === undefined || signature === undefined) return undefined;
  const expiresS = Number(expires);
  return { key, id, expiresS, signed: followClaim(key, id, expiresS), signature, parent };
}

/** The value of the header, as it is sent by a hop; without one, as it is issued. */
export function followHeader(claim: Omit<FollowClaim, 'signed' | 'parent'>, hop?: string): string {
  const { key, id, expiresS, signature } = claim;
  return `${key}.${id}.${expiresS}.${signature}${hop === undefined ? '' : `;${hop}`}`;
}
