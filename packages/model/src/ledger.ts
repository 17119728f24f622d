import { type Static, Type } from 'typebox';
import { InstanceId } from './instance.ts';
import { closed, ServiceKey } from './name.ts';
import { WIRE_VERSION } from './version.ts';

const Count = Type.Integer({ minimum: 0 });
const Reason = Type.String({ pattern: '^[a-z0-9:-]{1,48}$', description: 'a reason of a-z, 0-9, : and -' });

/** What becomes of an instance. `quiet`: it drained to the end; `returned`: an ejected one has its share again. */
export const TransitionKind = Type.Union([
  Type.Literal('starting'),
  Type.Literal('ready'),
  Type.Literal('draining'),
  Type.Literal('quiet'),
  Type.Literal('gone'),
  Type.Literal('suspect'),
  Type.Literal('ejected'),
  Type.Literal('returned'),
]);
export type TransitionKind = Static<typeof TransitionKind>;

/** One transition of an instance, as the reporter saw it: of itself, or of one that it calls (`ejected`, `returned`). */
export const Transition = Type.Object(
  {
    instance: InstanceId,
    service: ServiceKey,
    what: TransitionKind,
    /** How long before the report it was. Elapsed time: two hosts' clocks are not compared. */
    agoMs: Count,
    /** `sigterm`, `admin`, `command`, `exit`, `consecutive`, `failure-rate` … */
    cause: Type.Optional(Reason),
    /** Requests under way at that moment. */
    inFlight: Type.Optional(Count),
    /** For `quiet`: requests served since `draining`, those of them that failed, and those cut off at the end. */
    served: Type.Optional(Count),
    failed: Type.Optional(Count),
    cutOff: Type.Optional(Count),
    /** For `quiet`: callers that were to know, and those that acknowledged. */
    callers: Type.Optional(Count),
    acknowledged: Type.Optional(Count),
  },
  closed,
);
export type Transition = Static<typeof Transition>;

/** How a caller knew an instance to be when it sent a call. `warming`: ready, below its full share. */
export const CallPhase = Type.Union([
  Type.Literal('warming'),
  Type.Literal('ready'),
  Type.Literal('draining'),
  Type.Literal('gone'),
  Type.Literal('suspect'),
  Type.Literal('ejected'),
]);
export type CallPhase = Static<typeof CallPhase>;

/** What a caller sent to one instance while that was in one phase, since its report before. */
export const CallerCount = Type.Object(
  {
    instance: InstanceId,
    service: ServiceKey,
    phase: CallPhase,
    requests: Count,
    /** Those of them that the application saw fail, by reason: `refused`, `reset`, `timeout`, `status:503` … */
    failed: Type.Record(Reason, Count, { ...closed, maxProperties: 32 }),
    /** Those that the agent saved by another attempt: the application saw no failure. */
    saved: Count,
  },
  closed,
);
export type CallerCount = Static<typeof CallerCount>;

/** Up: POST /agent/v1/ledger. What an agent saw of transitions since its report before. Sent again until it is answered: `seq` tells repeats. */
export const LedgerReport = Type.Object(
  {
    version: Type.Literal(WIRE_VERSION),
    instance: InstanceId,
    /** Grows with each new report of the process. */
    seq: Type.Integer({ minimum: 1 }),
    transitions: Type.Array(Transition, { maxItems: 256 }),
    counts: Type.Array(CallerCount, { maxItems: 1024 }),
  },
  closed,
);
export type LedgerReport = Static<typeof LedgerReport>;
