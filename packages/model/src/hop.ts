import { type Static, Type } from 'typebox';
import { HOP_BOUNDS } from './hop-bounds.ts';
import { InstanceId } from './instance.ts';
import { closed } from './name.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';
import { WIRE_VERSION } from './version.ts';

const Count = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });
const Ms = Type.Number({ minimum: 0 });
/** Of a lane; empty: base. */
const LaneName = Type.String({ pattern: '^[a-z0-9-]{0,63}$' });
const Printable = (maxLength: number) => Type.String({ pattern: '^[\\x20-\\x7e]*$', maxLength });
const OutcomeName = Type.Unsafe<Outcome>(Type.Union(OUTCOMES.map((outcome) => Type.Literal(outcome))));

/** Of all hops of one request: as W3C trace context names traces. */
export const TraceId = Type.String({ pattern: '^[0-9a-f]{32}$', description: '32 characters of 0-9 and a-f' });
/** Of one hop. */
export const HopId = Type.String({ pattern: '^[0-9a-f]{16}$', description: '16 characters of 0-9 and a-f' });

/** One attempt of a call. */
export const HopAttempt = Type.Object(
  {
    instance: InstanceId,
    /** Lane of the instance. */
    lane: LaneName,
    /** After the call began. */
    afterMs: Ms,
    tookMs: Ms,
    /** Of attempts in whose place another was made, why. */
    outcome: OutcomeName,
  },
  closed,
);
export type HopAttempt = Static<typeof HopAttempt>;

const hop = {
  id: HopId,
  /** The hop that led to it, in whatever process; absent: none is known. */
  parent: Type.Optional(HopId),
  /** `served`: a request that came to the process. `called`: a call that it made for one. */
  kind: Type.Union([Type.Literal('served'), Type.Literal('called')]),
  /** Of a call: the service in full, or the address as dialled where that is none. */
  to: Type.Optional(Printable(320)),
  method: Printable(32),
  /** Without its query. */
  path: Printable(HOP_BOUNDS.pathLength),
  /** Of the request, or of the call. */
  lane: LaneName,
  /** Why it has the lane, or why the call went where it went: `carried`, `lane`, `fallback:base`, `passed:unknown-host` … */
  reason: Printable(160),
  /** How that was decided. */
  steps: Type.Array(
    Type.Object({ step: Printable(32), taken: Type.Boolean(), text: Printable(HOP_BOUNDS.stepLength) }, closed),
    { maxItems: HOP_BOUNDS.steps },
  ),
  /** Which instances could take a call: how many, and the first of them. */
  eligible: Type.Optional(
    Type.Object({ count: Count, instances: Type.Array(InstanceId, { maxItems: HOP_BOUNDS.eligible }) }, closed),
  ),
  /** Of a call that went to instances; the last is the one that the application saw. */
  attempts: Type.Array(HopAttempt, { maxItems: HOP_BOUNDS.attempts }),
  /** `open`: how it ended is not seen, as of a connection that was taken over. `passed`: the call went as dialled. */
  outcome: Type.Union([OutcomeName, Type.Literal('open'), Type.Literal('passed')]),
  /** Absent: none came. */
  status: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
  tookMs: Ms,
};

/** What one process did with one request: it was asked, or it called. */
export const Hop = Type.Object(
  {
    ...hop,
    trace: TraceId,
    /** How long ago it began. Elapsed time: two hosts' clocks are not compared. */
    agoMs: Ms,
  },
  closed,
);
export type Hop = Static<typeof Hop>;

/** Up: POST /agent/v1/hops. What comes twice is taken once. */
export const HopReport = Type.Object(
  {
    version: Type.Literal(WIRE_VERSION),
    instance: InstanceId,
    hops: Type.Array(Hop, { maxItems: 128 }),
    /** Hops that were too many to be kept, since the report before. */
    dropped: Count,
  },
  closed,
);
export type HopReport = Static<typeof HopReport>;

/** Down: data of an SSE event `follow` on the stream: by which keys a request that is to be followed is known. */
export const FollowKeys = Type.Object(
  {
    version: Type.Literal(WIRE_VERSION),
    /** The time of the control plane, in milliseconds since 1970: by it, and what elapsed since, is judged what has expired. */
    nowMs: Ms,
    /** Ed25519 public keys, DER (SPKI) in base64url. */
    keys: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
          key: Type.String({ pattern: '^[A-Za-z0-9_-]{59}$' }),
        },
        closed,
      ),
      { maxItems: 8 },
    ),
  },
  closed,
);
export type FollowKeys = Static<typeof FollowKeys>;

/** A hop in its place. */
export const HopNode = Type.Object(
  {
    ...hop,
    /** Who tells of it: the service in full, its instance, and the lane of that. */
    service: Type.String(),
    instance: Type.String(),
    instanceLane: Type.String(),
    /** Since the first hop began; by the clock of the control plane, give or take what reports take. */
    afterMs: Type.Number(),
    children: Type.Array(Type.Unsafe<unknown>({ $ref: '#/$defs/HopNode' })),
  },
  closed,
);
export type HopNode = Omit<Static<typeof HopNode>, 'children'> & { readonly children: readonly HopNode[] };

/** One request, with all hops that were told. */
export const RequestTrace = Type.Object(
  {
    id: TraceId,
    /** ISO 8601; null: no hop was told yet. */
    startedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    tookMs: Ms,
    hops: Count,
    /** What led to each hop is known, and every call that went to an instance is told of by that instance too. */
    complete: Type.Boolean(),
    /** Hops that were too many to be kept. */
    dropped: Count,
    /** Hops whose cause is not known, in the order in which they began: mostly one, where the request came in. */
    roots: Type.Array(Type.Unsafe<HopNode>({ $ref: '#/$defs/HopNode' })),
  },
  closed,
);
export type RequestTrace = Static<typeof RequestTrace>;

/** A recent request, in short. */
export const TraceSummary = Type.Object(
  {
    id: TraceId,
    startedAt: Type.String({ format: 'date-time' }),
    tookMs: Ms,
    /** Of the first hop that was told: who was asked, or asked, and for what. */
    service: Type.String(),
    method: Type.String(),
    path: Type.String(),
    lane: Type.String(),
    hops: Count,
    services: Type.Array(Type.String()),
    /** Hops that failed. */
    errors: Count,
  },
  closed,
);
export type TraceSummary = Static<typeof TraceSummary>;

/** Answer to POST /api/v1/follow. */
export const Following = Type.Object(
  {
    id: TraceId,
    /** Sent with a request, it has the request followed. */
    header: Type.String(),
    value: Type.String(),
    expiresAt: Type.String({ format: 'date-time' }),
  },
  closed,
);
export type Following = Static<typeof Following>;
