import { FairwayError, isFairwayError } from '@fairway/model';
import type { Dialect } from 'kysely';

/** What differs between databases. */
export interface Database {
  readonly dialect: Dialect;
  /** Where it is, for people; without secrets. */
  readonly location: string;
  /** Gives back what {@link Database.dialect} does not close itself, such as a lock. */
  release(): Promise<void>;
}

/** What a failure at a store is told as: FAIRWAY_STORE_UNAVAILABLE with the cause, unless it says more already. `doing`: as in `write the store`. */
export function storeError(doing: string, location: string, error: unknown): FairwayError {
  if (isFairwayError(error)) return error;
  const why = error instanceof Error ? error.message || error.name : String(error);
  return new FairwayError('FAIRWAY_STORE_UNAVAILABLE', `cannot ${doing} at ${location}: ${why}`, { cause: error });
}
