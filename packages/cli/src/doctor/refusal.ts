import type { FairwayError } from '@fairway/model';
import { type Finding, problem } from './finding.ts';

const ADVICE: Readonly<Record<string, string>> = {
  FAIRWAY_UNREACHABLE: 'start it (fairway up), or name the right one with --server or FAIRWAY_SERVER',
  FAIRWAY_UNAUTHENTICATED:
    'give an admin or viewer token with FAIRWAY_TOKEN, or run this where "fairway up" was started',
  FAIRWAY_FORBIDDEN: 'use an admin or viewer token: fairway token create NAME --role viewer',
};

/** A control plane that cannot be asked. */
export function refusal(server: string, { code, message }: FairwayError): Finding {
  return problem(`control plane ${server}: ${message}`, ADVICE[code] ?? 'see its log');
}
