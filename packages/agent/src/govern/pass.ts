/** Why a call, or an inbound request, is passed through as if there were no agent. */
export const PASS_REASONS = [
  /** Its namespace, service or instance is switched off. */
  'off',
  /** Nothing was learnt from the control plane yet, and no snapshot is there. */
  'no-plan',
  /** The agent stepped aside: what it would have to know exceeds FAIRWAY_BUDGET_MB. */
  'memory',
  /** The dialled address is nobody's that Fairway knows. */
  'unknown-host',
  /** What the address means was not answered in time. */
  'not-answered',
  /** No instance of the service serves the dialled port. */
  'no-port',
  /** It goes over a Unix socket, through a forward proxy or a mock, or an agent that connects in its own way. */
  'detour',
] as const;

export type PassReason = (typeof PASS_REASONS)[number];

/** A call that goes exactly as dialled, and why. */
export interface Leave {
  readonly kind: 'leave';
  readonly reason: PassReason;
}

/** One verdict for each reason: none is made while calls are decided. */
export const LEAVE: Readonly<Record<PassReason, Leave>> = Object.fromEntries(
  PASS_REASONS.map((reason) => [reason, Object.freeze({ kind: 'leave', reason })]),
) as Record<PassReason, Leave>;
