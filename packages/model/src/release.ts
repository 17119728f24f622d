import { type Static, Type } from 'typebox';
import { ComparedService, Verdict } from './comparison.ts';
import { DURATION_PATTERN } from './duration.ts';
import { closed, Label } from './name.ts';
import { ConditionRef, Metadata, Percent, Priority, Services } from './resource.ts';
import { StickyBy } from './sticky-by.ts';
import { API_VERSION } from './version.ts';

const Duration = Type.String({ pattern: DURATION_PATTERN, description: 'how long, as 60s, 5m or 24h' });
const Requests = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });
const Milliseconds = Type.Number({ minimum: 0, maximum: 3_600_000 });
const Share = Type.Number({ minimum: 0, maximum: 1, description: 'a share from 0 to 1' });
const TimeOfDay = Type.String({ pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$', description: 'a time of day as 22:30' });
const Weekday = Type.Union([
  Type.Literal('mon'),
  Type.Literal('tue'),
  Type.Literal('wed'),
  Type.Literal('thu'),
  Type.Literal('fri'),
  Type.Literal('sat'),
  Type.Literal('sun'),
]);

/** A place outside that a release asks or tells, by the name that the control plane was given for it. */
const TargetName = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
  description: 'the name of a target of the control plane',
});

/** One step of a release: exactly one of these. */
export const ReleaseStep = Type.Object(
  {
    /** Of the requests at the entry, so many enter the lane. */
    percent: Type.Optional(Percent),
    /** Requests that are so enter the lane. */
    match: Type.Optional(ConditionRef),
    /** Goes on when all that is named here holds. */
    pause: Type.Optional(
      Type.Object(
        {
          for: Type.Optional(Duration),
          /** Until somebody says so. */
          approval: Type.Optional(Type.Literal(true)),
          /** Until each service of the release was asked so often in the lane, since the traffic was last changed. */
          requests: Type.Optional(Requests),
        },
        { ...closed, minProperties: 1, description: 'at least one of for, approval and requests' },
      ),
    ),
    /** Goes on when every service was judged and none is worse; not before `for` has passed. */
    check: Type.Optional(
      Type.Object(
        {
          for: Type.Optional(Duration),
          /** A target of the control plane that says whether it may go on. */
          gate: Type.Optional(TargetName),
        },
        closed,
      ),
    ),
  },
  { ...closed, minProperties: 1, maxProperties: 1, description: 'exactly one of percent, match, pause and check' },
);
export type ReleaseStep = Static<typeof ReleaseStep>;

/** Hours in which a release does not send more traffic to the canary, and does not promote it. */
export const QuietHours = Type.Object(
  {
    from: TimeOfDay,
    /** Not after `from`: on the day after. */
    to: TimeOfDay,
    /** On which they begin. Absent: on all. */
    days: Type.Optional(Type.Array(Weekday, { minItems: 1, maxItems: 7, uniqueItems: true })),
    /** As `Asia/Shanghai`; UTC unless given. */
    timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  closed,
);
export type QuietHours = Static<typeof QuietHours>;

/** Absolute limits of the canary, over a minute at most: above one of them it is rolled back at once. */
export const ReleaseLimits = Type.Object(
  {
    errorShare: Type.Optional(Share),
    p50Ms: Type.Optional(Milliseconds),
    p90Ms: Type.Optional(Milliseconds),
    p99Ms: Type.Optional(Milliseconds),
    /** Calls to instances of the canary that failed while these came, went or were sick, and how often callers took one out; since it began. */
    lost: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    ejections: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    /** How late timers come in an instance of the canary (99th percentile), and how much memory it holds. */
    loopDelayP99Ms: Type.Optional(Milliseconds),
    rssMiB: Type.Optional(Type.Number({ minimum: 1, maximum: 1_048_576 })),
    /** A service is measured against them from so many requests in the lane on. */
    minRequests: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 20 })),
  },
  closed,
);
export type ReleaseLimits = Static<typeof ReleaseLimits>;

/** A number of one's own that a release is watched by. */
export const ReleaseMetric = Type.Object(
  {
    name: Label,
    /** A target of type prometheus. */
    target: TargetName,
    /** PromQL that comes to one number. `$lane` and `$namespace` are put in. */
    query: Type.String({ minLength: 1, maxLength: 4096 }),
    /** Below or above these it is rolled back. */
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
  },
  closed,
);
export type ReleaseMetric = Static<typeof ReleaseMetric>;

export const ReleaseSpec = Type.Object(
  {
    /** The canary: the instances of these services that bear its label. */
    lane: Label,
    services: Services,
    /** Where requests enter the lane: services or gateways, by name. */
    entry: Type.Object(
      {
        services: Services,
        stickyBy: Type.Optional(StickyBy),
        keyless: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('random')])),
        priority: Type.Optional(Priority),
      },
      closed,
    ),
    steps: Type.Array(ReleaseStep, { minItems: 1, maxItems: 100 }),
    /** When the canary is worse than base: {@link LaneComparison}. */
    judge: Type.Optional(
      Type.Object(
        {
          /** What came so soon after the traffic was changed is not judged: new processes are slow at first. 10s unless given. */
          settle: Type.Optional(Duration),
          minRequests: Type.Optional(Requests),
          errorMargin: Type.Optional(Share),
          lossMargin: Type.Optional(Share),
          latencyMargin: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
          latencyFloorMs: Type.Optional(Milliseconds),
          falseAlarms: Type.Optional(Type.Number({ minimum: 1e-9, maximum: 0.5 })),
          /** `hold`: stays where it is until somebody decides. */
          onWorse: Type.Optional(Type.Union([Type.Literal('rollback'), Type.Literal('hold')], { default: 'rollback' })),
        },
        closed,
      ),
    ),
    limits: Type.Optional(ReleaseLimits),
    metrics: Type.Optional(Type.Array(ReleaseMetric, { maxItems: 16 })),
    /** Targets that are told what happens. */
    notify: Type.Optional(Type.Array(TargetName, { maxItems: 16, uniqueItems: true })),
    /** After the last step. `manual`: somebody says so. */
    promotion: Type.Optional(Type.Union([Type.Literal('automatic'), Type.Literal('manual')], { default: 'automatic' })),
    /** From its start on; then it is rolled back. 24h unless given. */
    maxDuration: Type.Optional(Duration),
    quietHours: Type.Optional(Type.Array(QuietHours, { maxItems: 32 })),
    /** Another release has the lane, an entry or a service: it is rolled back first, or this one waits until it ended. */
    concurrency: Type.Optional(Type.Union([Type.Literal('supersede'), Type.Literal('wait')], { default: 'supersede' })),
  },
  closed,
);
export type ReleaseSpec = Static<typeof ReleaseSpec>;

/** A release as people write it. It has the form of a resource and is started, not applied. */
export const Release = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Release'),
    metadata: Metadata,
    spec: Type.Unsafe<ReleaseSpec>({ $ref: '#/$defs/ReleaseSpec' }),
  },
  closed,
);
export type Release = Static<typeof Release>;

/**
 * `waiting`: for another release, or until quiet hours end. `running`: at a step. `promoting`: base is replaced by what the
 * canary runs, then the lane is emptied. `rollingBack`: the lane is off, not yet everywhere. The others are ends.
 */
export const ReleasePhase = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('running'),
  Type.Literal('promoting'),
  Type.Literal('rollingBack'),
  Type.Literal('promoted'),
  Type.Literal('rolledBack'),
]);
export type ReleasePhase = Static<typeof ReleasePhase>;

/** Why a release is rolled back. */
export const ReleaseCause = Type.Union([
  Type.Literal('worse'),
  Type.Literal('limit'),
  Type.Literal('metric'),
  Type.Literal('gate'),
  Type.Literal('aborted'),
  Type.Literal('superseded'),
  Type.Literal('maxDuration'),
]);
export type ReleaseCause = Static<typeof ReleaseCause>;

/** What happened in a release. */
export const ReleaseDeed = Type.Union([
  Type.Literal('created'),
  Type.Literal('started'),
  Type.Literal('raising'),
  Type.Literal('raised'),
  Type.Literal('passed'),
  Type.Literal('asked'),
  Type.Literal('approved'),
  Type.Literal('paused'),
  Type.Literal('resumed'),
  Type.Literal('jumped'),
  Type.Literal('held'),
  Type.Literal('promoting'),
  Type.Literal('replaced'),
  Type.Literal('closed'),
  Type.Literal('promoted'),
  Type.Literal('rollingBack'),
  Type.Literal('rolledBack'),
]);
export type ReleaseDeed = Static<typeof ReleaseDeed>;

const TimeMs = Type.Number({ minimum: 0 });
const NullableText = Type.Union([Type.String(), Type.Null()]);

/** What a release says of itself, without words: `values` are names and numbers. */
export const ReleaseNote = Type.Object(
  {
    what: Type.Union([
      Type.Literal('acknowledged'),
      /** By whom not. */
      Type.Literal('unacknowledged'),
      /** How much of the traffic. */
      Type.Literal('percent'),
      Type.Literal('match'),
      Type.Literal('pauseOver'),
      Type.Literal('fine'),
      Type.Literal('stepsDone'),
      /** Which, from 1. */
      Type.Literal('toStep'),
      Type.Literal('toApprove'),
      Type.Literal('toPromote'),
      Type.Literal('secondPerson'),
      /** By which release. */
      Type.Literal('superseded'),
      Type.Literal('supersededEarly'),
      Type.Literal('laneOff'),
      /** Than what. */
      Type.Literal('tooLong'),
      Type.Literal('stillCarried'),
      Type.Literal('empty'),
      Type.Literal('asTold'),
      /** Service, value in the lane and in base, confidence. */
      Type.Literal('worseErrorShare'),
      Type.Literal('worseLostShare'),
      Type.Literal('worseP50Ms'),
      Type.Literal('worseP90Ms'),
      /** The same, and then the service that it comes from. */
      Type.Literal('fromErrorShare'),
      Type.Literal('fromLostShare'),
      Type.Literal('fromP50Ms'),
      Type.Literal('fromP90Ms'),
      /** Whose, what it is, the limit. */
      Type.Literal('limitErrorShare'),
      Type.Literal('limitP50Ms'),
      Type.Literal('limitP90Ms'),
      Type.Literal('limitP99Ms'),
      Type.Literal('limitLoopDelay'),
      Type.Literal('limitRss'),
      Type.Literal('limitMax'),
      Type.Literal('limitMin'),
      /** What it is, the limit. */
      Type.Literal('limitLost'),
      Type.Literal('limitEjections'),
      /** Its name, its reason. */
      Type.Literal('gate'),
    ]),
    values: Type.Array(Type.String()),
  },
  closed,
);
export type ReleaseNote = Static<typeof ReleaseNote>;

/** A line of the history of a release. */
export const ReleaseEvent = Type.Object(
  {
    /** Milliseconds since 1970, by the clock of the control plane. */
    atMs: TimeMs,
    what: ReleaseDeed,
    /** Of the spec, from 0. */
    step: Type.Integer({ minimum: 0 }),
    /** Who did it; null: the release by itself. */
    by: NullableText,
    /** In words, with its numbers; of an order the reason that was given. */
    text: Type.String(),
    /** The same without words; of an order nothing. */
    notes: Type.Optional(Type.Array(ReleaseNote)),
    /** What was judged. */
    services: Type.Optional(Type.Array(ComparedService)),
  },
  closed,
);
export type ReleaseEvent = Static<typeof ReleaseEvent>;

/** Where a release stands: all that it needs to go on. */
export const ReleaseState = Type.Object(
  {
    phase: ReleasePhase,
    /** Of the spec, from 0; as many as there are: all are done. */
    step: Type.Integer({ minimum: 0 }),
    /** Since when it is in this step, or in this part of the promotion or the rollback. */
    sinceMs: TimeMs,
    /** The step whose traffic the lane gets; null: none yet. */
    traffic: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    /** Since when all agents and gateways have it so; null: not yet. */
    appliedMs: Type.Union([TimeMs, Type.Null()]),
    /** Somebody approved this step. */
    approved: Type.Boolean(),
    /** Somebody holds it: it takes no step forward, and still watches. */
    paused: Type.Boolean(),
    /** What the promotion waits for: base to run what the canary runs, the lane to get no more, the lane to be empty. */
    promotion: Type.Union([Type.Literal('replacing'), Type.Literal('closing'), Type.Literal('emptying'), Type.Null()]),
    createdMs: TimeMs,
    startedMs: Type.Union([TimeMs, Type.Null()]),
    endedMs: Type.Union([TimeMs, Type.Null()]),
    /** Who began it and may not approve it: its namespace is protected. null: it is not. */
    second: NullableText,
    cause: Type.Union([ReleaseCause, Type.Null()]),
    /** In the order in which it happened; of very long ones the latest. */
    history: Type.Array(ReleaseEvent),
  },
  closed,
);
export type ReleaseState = Static<typeof ReleaseState>;

const Amount = Type.Integer({ minimum: 0 });
const Worst = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** How the instances of a service are, of one lane. */
export const SideHealth = Type.Object(
  {
    instances: Amount,
    /** Calls to them that failed while they came, went or were sick, and how often callers took one out; since the release began. */
    lost: Amount,
    ejections: Amount,
    /** Of the instance that is worst off, as it last said: how late timers come (99th percentile), its memory, its share of a core. null: none said. */
    loopDelayP99Ms: Worst,
    rssBytes: Worst,
    cpu: Worst,
  },
  closed,
);
export type SideHealth = Static<typeof SideHealth>;

/** The instances of a service in the lane of a release, and those in base. */
export const ServiceHealth = Type.Object({ service: Type.String(), canary: SideHealth, base: SideHealth }, closed);
export type ServiceHealth = Static<typeof ServiceHealth>;

/** Something that a release waits for. */
export const ReleaseWait = Type.Object(
  {
    what: Type.Union([
      Type.Literal('resume'),
      Type.Literal('quietHours'),
      /** Another release to end. */
      Type.Literal('release'),
      Type.Literal('approval'),
      Type.Literal('acknowledgement'),
      /** Somebody to promote it. */
      Type.Literal('promotion'),
      Type.Literal('requests'),
      /** Requests enough to judge every service. */
      Type.Literal('judgement'),
      Type.Literal('metrics'),
      Type.Literal('gate'),
      /** Base to run what the canary runs. */
      Type.Literal('replacement'),
      /** Somebody to say that it does: the instances do not tell. */
      Type.Literal('word'),
      /** The last requests of the lane. */
      Type.Literal('emptying'),
    ]),
    /** Whom or how many of what, by names and numbers alone; may be empty. */
    detail: Type.String(),
    /** Both in words. */
    text: Type.String(),
  },
  closed,
);
export type ReleaseWait = Static<typeof ReleaseWait>;

/** What is seen of a release that goes on, now. */
export const ReleaseWatch = Type.Object(
  {
    /** ISO 8601. */
    at: Type.String({ format: 'date-time' }),
    verdict: Verdict,
    services: Type.Array(ComparedService),
    health: Type.Array(ServiceHealth),
    /** What the metrics of one's own come to; null: nothing was told. */
    metrics: Type.Array(Type.Object({ name: Label, value: Type.Union([Type.Number(), Type.Null()]) }, closed)),
    /** Empty: for nothing but time. */
    waitsFor: Type.Array(ReleaseWait),
  },
  closed,
);
export type ReleaseWatch = Static<typeof ReleaseWatch>;

/** A release and where it stands. */
export const ReleaseStatus = Type.Object(
  {
    release: Type.Unsafe<Release>({ $ref: '#/$defs/Release' }),
    author: Type.String(),
    state: Type.Unsafe<ReleaseState>({ $ref: '#/$defs/ReleaseState' }),
    /** null: it ended, or was not looked at yet. */
    watch: Type.Union([ReleaseWatch, Type.Null()]),
  },
  closed,
);
export type ReleaseStatus = Static<typeof ReleaseStatus>;
