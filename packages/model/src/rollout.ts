import { type Static, Type } from 'typebox';
import { CallPhase, TransitionKind } from './ledger.ts';
import { closed } from './name.ts';

const Count = Type.Integer({ minimum: 0 });
const Text = Type.String();
/** ISO 8601, by the clock of the control plane. */
const Time = Type.String({ format: 'date-time' });
const Known = Type.Union([Count, Type.Null()]);

/** A transition of an instance, and who saw it: the id of an instance, or null: the control plane. */
export const SeenTransition = Type.Object(
  { what: TransitionKind, at: Time, by: Type.Union([Text, Type.Null()]), cause: Type.Optional(Text) },
  closed,
);
export type SeenTransition = Static<typeof SeenTransition>;

/** How an instance left, by its own account; null: it did not say. */
export const Notice = Type.Object(
  {
    at: Time,
    /** Requests under way at the notice. */
    inFlight: Known,
    /** Requests served after it, those of them that failed, and those cut off at the end. */
    served: Known,
    failed: Known,
    cutOff: Known,
    callers: Known,
    acknowledged: Known,
  },
  closed,
);
export type Notice = Static<typeof Notice>;

/** Failures that applications saw, of one kind: as which caller knew the instance to be when it called. */
export const Failure = Type.Object(
  { phase: CallPhase, reason: Text, caller: Text, callerService: Text, count: Count },
  closed,
);
export type Failure = Static<typeof Failure>;

/** What callers sent to an instance. `failed`: the application saw it; `saved`: another attempt did it. */
const seenByCallers = { requests: Count, failed: Count, saved: Count };

/** What became of one instance in a rollout. */
export const InstanceLosses = Type.Object(
  {
    instance: Text,
    /** Its label `release`, else `version`; empty: neither. */
    release: Text,
    /** In the order of time. */
    transitions: Type.Array(SeenTransition),
    notice: Type.Union([Notice, Type.Null()]),
    ...seenByCallers,
    failures: Type.Array(Failure),
    /** Requests lost: of the two accounts of its leaving the worse one, and what failed otherwise. */
    lost: Count,
    /** Where the account of the instance and that of its callers differ; null: they do not. */
    disagreement: Type.Union([Text, Type.Null()]),
  },
  closed,
);
export type InstanceLosses = Static<typeof InstanceLosses>;

/** Transitions of a service that overlap or follow each other closely, and what they cost. */
export const Rollout = Type.Object(
  {
    service: Text,
    /** Of its instances, in the order of the alphabet. */
    releases: Type.Array(Text),
    from: Time,
    to: Time,
    instances: Type.Array(InstanceLosses),
    ...seenByCallers,
    lost: Count,
    /** `unmeasured`: nobody told of any request, so nothing can be said. */
    verdict: Type.Union([Type.Literal('nothing-lost'), Type.Literal('lost'), Type.Literal('unmeasured')]),
  },
  closed,
);
export type Rollout = Static<typeof Rollout>;
