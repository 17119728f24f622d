import type { Self } from '@fairway/core';
import type { CallerStatus, InstanceState } from '@fairway/model';
import type { LedgerQueue, Recorded } from './ledger-queue.ts';
import type { KnownState, Link } from './link.ts';
import type { Presence } from './presence.ts';
import type { TrafficQueue } from './traffic-queue.ts';

/** How the process stands with the control plane: what it says of itself, and what was heard of that. */
export interface Standing {
  /** Of the last registration that was answered. */
  readonly registered: InstanceState | undefined;
  /** Whether all that was declared, recorded and measured was answered. */
  readonly isTold: boolean;
  /** Says how the instance is, as far as that is not plain from whether it listens. */
  declare(state: InstanceState): void;
  /** Of the instance itself; `instance` and `service` are filled in. */
  record(transition: Omit<Recorded, 'instance' | 'service'>): void;
  /** Which callers know that it is in a state; undefined: the control plane does not say. Held until all do, or some seconds. */
  callers(state: KnownState): Promise<CallerStatus | undefined>;
}

/** A standing as the line of the main thread keeps it. */
export interface OwnStanding extends Standing {
  /** With what was declared in the place of what it seems to be. */
  declared(presence: Presence): Presence;
  /** A registration was answered. */
  answered(state: InstanceState): void;
}

/** Creates a standing that declares nothing yet. */
export function createStanding(
  ledger: LedgerQueue,
  traffic: Pick<TrafficQueue, 'isEmpty'>,
  running: () => { readonly link: Link; readonly self: Self } | undefined,
): OwnStanding {
  let declared: InstanceState | undefined;
  let registered: InstanceState | undefined;
  return {
    get registered() {
      return registered;
    },
    get isTold() {
      return ledger.isEmpty && traffic.isEmpty && (declared === undefined || declared === registered);
    },
    declare(state) {
      if (state === declared) return;
      declared = state;
      running()?.link.announce();
    },
    record(transition) {
      const own = running();
      const { instance, service } = own?.self ?? {};
      if (!own || instance === undefined || service === undefined) return;
      ledger.record({ instance, service, ...transition });
      own.link.tell();
    },
    callers: async (state) => running()?.link.callers(state),
    declared(presence) {
      const isDeclared = declared !== undefined && (presence.state === 'ready' || declared !== 'ready');
      return isDeclared ? { ...presence, state: declared as InstanceState } : presence;
    },
    answered(state) {
      registered = state;
    },
  };
}
