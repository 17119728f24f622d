/** Every code that Fairway answers or throws with, what it means, and the HTTP status and exit code it maps to. */
export const ERROR_CODES = {
  FAIRWAY_NO_INSTANCE: { status: 503, exit: 1, text: 'no instance may take the call' },
  FAIRWAY_TIMEOUT: { status: 504, exit: 6, text: 'a call took longer than it may' },
  FAIRWAY_INVALID: { status: 400, exit: 2, text: 'the input is not what was expected' },
  FAIRWAY_UNAUTHENTICATED: { status: 401, exit: 3, text: 'no valid token was given' },
  FAIRWAY_FORBIDDEN: { status: 403, exit: 3, text: 'the token does not allow this' },
  FAIRWAY_NOT_FOUND: { status: 404, exit: 4, text: 'there is no such thing' },
  FAIRWAY_CONFLICT: { status: 409, exit: 5, text: 'it was changed by someone else meanwhile' },
  FAIRWAY_TOO_LARGE: { status: 413, exit: 2, text: 'the input is larger than is accepted' },
  FAIRWAY_RATE_LIMITED: { status: 429, exit: 6, text: 'there were too many of these; try later' },
  FAIRWAY_STORE_UNAVAILABLE: { status: 503, exit: 6, text: 'the store cannot be read or written now' },
  FAIRWAY_STORE_LOCKED: { status: 503, exit: 6, text: 'another server uses this store' },
  FAIRWAY_NO_LEADER: { status: 503, exit: 6, text: 'no replica of the control plane leads now' },
  FAIRWAY_UNREACHABLE: { status: 502, exit: 6, text: 'the control plane cannot be reached' },
  FAIRWAY_ENVIRONMENT: { status: 500, exit: 7, text: 'something that is needed is missing on this machine' },
  FAIRWAY_GATEWAY_REFUSED: { status: 500, exit: 8, text: 'the gateway refuses its configuration' },
  FAIRWAY_INTERNAL: { status: 500, exit: 70, text: 'a defect in Fairway' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What is wrong with one field: where, what was found, what was expected. */
export interface Problem {
  /** Path of the field, for example `spec.entry[0].percent`. Empty: the whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

const BRAND = Symbol.for('fairway.error');

/** The one error class. Branded, so that two loaded copies agree. */
export class FairwayError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; problems?: readonly Problem[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FairwayError';
    this.code = code;
    this.problems = options.problems ?? [];
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a {@link FairwayError} of any loaded copy. */
export function isFairwayError(value: unknown): value is FairwayError {
  return typeof value === 'object' && value !== null && BRAND in value;
}
