/** A replica as the store's roll has it. */
export interface Replica {
  /** Of its process, and of its connections to the database. */
  readonly name: string;
  /** Where the others reach it. */
  readonly url: string;
  readonly leads: boolean;
  /** For how long it has said nothing, by the clock of the database. */
  readonly silentMs: number;
}

/** Who may write to the store now. */
export interface Writer {
  readonly name: string;
  /** For how long its connection has asked for nothing. */
  readonly idleMs: number;
}

/** What a replica sees of the others. */
export interface ReplicaSight {
  readonly replicas: readonly Replica[];
  readonly writer: Writer | undefined;
  /** For how long the database has been there without a break, as this replica saw it. */
  readonly steadyMs: number;
}

/** A leader that says nothing for so long is deposed. Long: one to which a whole fleet returns is slow, and not to be replaced for that. */
export const LEASE_MS = 10_000;
/** A replica that may write and does not lead so much later never will. */
const TAKEOVER_MS = 15_000;
/** After the database was away its leader comes back first. */
const COURTESY_MS = 2_000;

/**
 * What a replica that does not lead does next. `follow`: there is a leader, or one is about to be. `wait`: there is none, and
 * the one that was has the first try. `stand`: it tries to be the writer. `depose`: it takes that from the one that is silent.
 */
export function moveOf({ replicas, writer, steadyMs }: ReplicaSight): 'follow' | 'wait' | 'stand' | 'depose' {
  if (!writer) return steadyMs < COURTESY_MS ? 'wait' : 'stand';
  const leader = replicas.find(({ leads }) => leads);
  const isSilent = leader?.name === writer.name ? leader.silentMs > LEASE_MS : writer.idleMs > TAKEOVER_MS;
  return isSilent ? 'depose' : 'follow';
}
