import { type Static, Type } from 'typebox';
import { closed } from './name.ts';
import { TrafficStats } from './traffic-view.ts';

/** `worse`: the canary is, beyond chance and by more than is allowed. `tooFew`: there were too few requests to say. */
export const Verdict = Type.Union([Type.Literal('fine'), Type.Literal('worse'), Type.Literal('tooFew')]);
export type Verdict = Static<typeof Verdict>;

const Value = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** One number of a service, in the lane and in base. */
export const ComparedMetric = Type.Object(
  {
    /** Shares are of the requests: those that failed, and those that got no answer while instances came, went or were sick. */
    metric: Type.Union([
      Type.Literal('errorShare'),
      Type.Literal('lostShare'),
      Type.Literal('p50Ms'),
      Type.Literal('p90Ms'),
    ]),
    /** null: there was no request. */
    canary: Value,
    base: Value,
    /** That the two differ at all, 0 to 1; it holds however often one asks. */
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    verdict: Verdict,
    /** Of what is worse: the service further down, called for this one, that it comes from. Absent: it comes from none. */
    origin: Type.Optional(Type.String()),
  },
  closed,
);
export type ComparedMetric = Static<typeof ComparedMetric>;

/** A service of a lane beside its base instances. */
export const ComparedService = Type.Object(
  {
    /** In full. */
    service: Type.String(),
    /** The worst of its metrics. */
    verdict: Verdict,
    canary: TrafficStats,
    base: TrafficStats,
    metrics: Type.Array(ComparedMetric),
  },
  closed,
);
export type ComparedService = Static<typeof ComparedService>;

/** A lane against base over the same time. */
export const LaneComparison = Type.Object(
  {
    namespace: Type.String(),
    lane: Type.String(),
    /** End of the window, ISO 8601, by the clock of the control plane. */
    at: Type.String({ format: 'date-time' }),
    windowMs: Type.Integer({ minimum: 0 }),
    /** The worst of its services; `tooFew` where there is none. */
    verdict: Verdict,
    /** Those that were asked in the lane. */
    services: Type.Array(ComparedService),
  },
  closed,
);
export type LaneComparison = Static<typeof LaneComparison>;
