/** How long lost instances are kept, and what counts as a mass loss. */
export interface LeaseOptions {
  /** From the end of an instance's stream until it is gone. */
  readonly graceMs: number;
  /** The same for instances that a restarted control plane knows from its store: agents back off before they return. */
  readonly restoredGraceMs: number;
  /** So long they are taken to be well, and as long again after each that returns: it was the control plane that was away. */
  readonly restoredTrustMs: number;
  /** As others return, those still missing after a mass loss are kept, and restored ones trusted, but no longer than this. */
  readonly returnMs: number;
  /** A mass loss: more than this share (0..1) of the fleet is lost at one time … */
  readonly preserveShare: number;
  /** … of a fleet of at least so many instances, lost ones included. */
  readonly preserveMembers: number;
}

export const LEASE_DEFAULTS: LeaseOptions = {
  graceMs: 10_000,
  restoredGraceMs: 30_000,
  restoredTrustMs: 10_000,
  returnMs: 120_000,
  preserveShare: 0.5,
  preserveMembers: 5,
};

/**
 * Whether so many losses are rather the control plane's own fault. `lost`: instances whose stream broke and which are
 * not removed yet; those that said before that they leave (draining) do not count.
 */
export function isMassLoss(connected: number, lost: number, options: LeaseOptions): boolean {
  const fleet = connected + lost;
  return fleet >= options.preserveMembers && lost > fleet * options.preserveShare;
}
