import { ERROR_CODES, type ErrorCode, FairwayError, isFairwayError, type Problem } from '@fairway/model';

/** An error as the API answers it, RFC 9457: `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly problems: readonly Problem[];
}

export const PROBLEM_TYPE = 'application/problem+json';

/** What Fastify itself refuses, in the codes of Fairway. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'FAIRWAY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'FAIRWAY_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'FAIRWAY_INVALID',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'FAIRWAY_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'FAIRWAY_INVALID',
  FST_ERR_BAD_URL: 'FAIRWAY_INVALID',
};

/** Any error as one of Fairway's. Of a defect nothing is told but that it is one. */
export function fairwayErrorOf(error: unknown): FairwayError {
  if (isFairwayError(error)) return error;
  const { code, message, statusCode } = error as { code?: string; message?: string; statusCode?: number };
  const known = REFUSALS[code ?? ''] ?? (statusCode === 400 ? 'FAIRWAY_INVALID' : undefined);
  if (known) return new FairwayError(known, message ?? ERROR_CODES[known].text, { cause: error });
  return new FairwayError('FAIRWAY_INTERNAL', ERROR_CODES.FAIRWAY_INTERNAL.text, { cause: error });
}

export function problemDocument(error: FairwayError): ProblemDocument {
  const { status, text } = ERROR_CODES[error.code];
  return {
    type: 'about:blank',
    title: text,
    status,
    code: error.code,
    detail: error.message,
    problems: error.problems,
  };
}
