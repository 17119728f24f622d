import type { Dialect } from 'kysely';

/** What differs between databases. */
export interface Database {
  readonly dialect: Dialect;
  /** Where it is, for people; without secrets. */
  readonly location: string;
  /** Gives back what {@link Database.dialect} does not close itself, such as a lock. */
  release(): Promise<void>;
}
