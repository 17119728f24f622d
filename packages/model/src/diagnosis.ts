import { type Static, Type } from 'typebox';
import { DIAGNOSIS_KINDS, type DiagnosisKind, MAX_DIAGNOSIS_SECONDS } from './diagnosis-kind.ts';
import { InstanceId } from './instance.ts';
import { closed } from './name.ts';
import { WIRE_VERSION } from './version.ts';

const Count = Type.Integer({ minimum: 0 });
const Version = Type.Literal(WIRE_VERSION);
const Text = (maxLength: number) => Type.String({ maxLength });

const Seconds = Type.Integer({ minimum: 1, maximum: MAX_DIAGNOSIS_SECONDS });
const DiagnosisId = Type.String({ pattern: '^[a-z0-9-]{1,64}$' });

/** Down: data of an SSE event `diagnose`. Told once: an agent that does not hear it does not do it. */
export const Diagnose = Type.Object(
  {
    version: Version,
    id: DiagnosisId,
    kind: Type.Unsafe<DiagnosisKind>({ type: 'string', enum: [...DIAGNOSIS_KINDS] }),
    /** For those that watch for a while. */
    seconds: Seconds,
  },
  closed,
);
export type Diagnose = Static<typeof Diagnose>;

/** A function, where it was written, and its line, from 1; 0: not known. */
export const Frame = Type.Object({ name: Text(256), file: Text(1024), line: Count }, closed);
export type Frame = Static<typeof Frame>;

/** In the format of DevTools (`.cpuprofile`): a tree of calls, and which node was seen when. Times in microseconds. */
export const CpuProfile = Type.Object(
  {
    nodes: Type.Array(
      Type.Object({
        id: Count,
        callFrame: Type.Object({
          functionName: Text(1024),
          scriptId: Text(32),
          url: Text(2048),
          lineNumber: Type.Integer(),
          columnNumber: Type.Integer(),
        }),
        hitCount: Type.Optional(Count),
        children: Type.Optional(Type.Array(Count, { maxItems: 100_000 })),
      }),
      { maxItems: 100_000 },
    ),
    startTime: Type.Number(),
    endTime: Type.Number(),
    samples: Type.Array(Count, { maxItems: 200_000 }),
    timeDeltas: Type.Array(Type.Integer(), { maxItems: 200_000 }),
  },
  closed,
);
export type CpuProfile = Static<typeof CpuProfile>;

/** A time in which the event loop did not turn, and what ran in it: the innermost function first. */
export const Stall = Type.Object(
  {
    /** Since the diagnosis began. */
    atMs: Type.Number({ minimum: 0 }),
    tookMs: Type.Number({ minimum: 0 }),
    stacks: Type.Array(
      Type.Object(
        { share: Type.Number({ minimum: 0, maximum: 1 }), frames: Type.Array(Frame, { maxItems: 32 }) },
        closed,
      ),
      { maxItems: 3 },
    ),
  },
  closed,
);
export type Stall = Static<typeof Stall>;

export const Stalls = Type.Object(
  {
    /** Shorter ones do not count. */
    thresholdMs: Type.Number({ minimum: 0 }),
    watchedMs: Type.Number({ minimum: 0 }),
    count: Count,
    totalMs: Type.Number({ minimum: 0 }),
    /** The longest, at most 20, in the order of time. */
    longest: Type.Array(Stall, { maxItems: 20 }),
  },
  closed,
);
export type Stalls = Static<typeof Stalls>;

export const HeapSummary = Type.Object(
  {
    rssBytes: Count,
    heapUsedBytes: Count,
    heapLimitBytes: Count,
    externalBytes: Count,
    spaces: Type.Array(Type.Object({ name: Text(64), usedBytes: Count, sizeBytes: Count }, closed), { maxItems: 32 }),
    /** What was allocated meanwhile and is still there, as sampled, the most first: by the function that did it. */
    allocations: Type.Array(Type.Object({ bytes: Count, frames: Type.Array(Frame, { maxItems: 32 }) }, closed), {
      maxItems: 50,
    }),
  },
  closed,
);
export type HeapSummary = Static<typeof HeapSummary>;

export const Handles = Type.Object(
  {
    /** What keeps the process alive, by type. */
    resources: Type.Record(Type.String({ pattern: '^[A-Za-z0-9]{1,64}$' }), Count, { ...closed, maxProperties: 128 }),
    /** Where it listens. */
    listening: Type.Array(Text(320), { maxItems: 64 }),
    /** Open connections by their other end, the most first. */
    connections: Type.Array(Type.Object({ peer: Text(320), count: Count }, closed), { maxItems: 100 }),
  },
  closed,
);
export type Handles = Static<typeof Handles>;

export const Configuration = Type.Object(
  {
    /** What its environment says to the agent, secrets left out. */
    options: Type.Record(Type.String({ pattern: '^[a-zA-Z]{1,32}$' }), Type.Unknown(), {
      ...closed,
      maxProperties: 64,
    }),
    /** What holds for it now: whether it is governed, and its policy. */
    governance: Type.Unknown(),
    /** How its link and its points of interception are. */
    agent: Type.Unknown(),
  },
  closed,
);
export type Configuration = Static<typeof Configuration>;

export const AgentLog = Type.Object({ lines: Type.Array(Text(1024), { maxItems: 1000 }), dropped: Count }, closed);
export type AgentLog = Static<typeof AgentLog>;

/** What a diagnosis found: the one of these that was asked for. */
export const Findings = Type.Object(
  {
    profile: Type.Optional(CpuProfile),
    stalls: Type.Optional(Stalls),
    heap: Type.Optional(HeapSummary),
    handles: Type.Optional(Handles),
    configuration: Type.Optional(Configuration),
    log: Type.Optional(AgentLog),
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
);
export type Findings = Static<typeof Findings>;

/** Up: POST /agent/v1/diagnoses. What came of a diagnosis: findings, or why there are none. */
export const DiagnosisReport = Type.Object(
  {
    version: Version,
    instance: InstanceId,
    id: DiagnosisId,
    findings: Type.Optional(Findings),
    /** Why it was not done: the process is busy, another one is under way … */
    refused: Type.Optional(Type.String({ pattern: '^[\\x20-\\x7e]*$', maxLength: 256 })),
  },
  closed,
);
export type DiagnosisReport = Static<typeof DiagnosisReport>;
