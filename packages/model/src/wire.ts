import { type Static, Type } from 'typebox';
import { Instance, InstanceState } from './instance.ts';
import { closed, Label, ServiceKey } from './name.ts';
import type { Resource } from './resource.ts';
import { WIRE_VERSION } from './version.ts';

const Version = Type.Literal(WIRE_VERSION);
const InstanceId = Type.String({ minLength: 1, maxLength: 128 });

/** An address as an application dials it: `host:port`, the host in lower case, IPv6 in brackets. */
export const DialledAddress = Type.String({ minLength: 3, maxLength: 300 });

/** Up: POST /agent/v1/instances. Announces an instance, or replaces what was announced of it. */
export const Registration = Type.Object(
  {
    version: Version,
    instance: Type.Object({ ...Type.Omit(Instance, ['suspect', 'ejected', 'readyForMs']).properties }, closed),
    agent: Type.Object(
      {
        version: Type.String({ maxLength: 64 }),
        runtime: Type.String({ maxLength: 64 }),
        pid: Type.Integer({ minimum: 0 }),
        hostname: Type.Optional(Type.String({ maxLength: 256 })),
      },
      closed,
    ),
  },
  closed,
);
export type Registration = Static<typeof Registration>;

/** Up: POST /agent/v1/state. */
export const StateChange = Type.Object({ version: Version, instance: InstanceId, state: InstanceState }, closed);
export type StateChange = Static<typeof StateChange>;

/** Up: POST /agent/v1/subscriptions. Adds addresses to what the instance's stream tells of. */
export const Subscription = Type.Object(
  { version: Version, instance: InstanceId, addresses: Type.Array(DialledAddress, { maxItems: 4096 }) },
  closed,
);
export type Subscription = Static<typeof Subscription>;

/**
 * Up: POST /agent/v1/stream. Announces an instance, adds the addresses, and is answered by the stream of updates: an agent
 * begins, or returns, with one request.
 */
export const Opening = Type.Object(
  { ...Registration.properties, addresses: Subscription.properties.addresses },
  closed,
);
export type Opening = Static<typeof Opening>;

const Count = Type.Integer({ minimum: 0 });
/** Text that is shown to people: no control characters. */
const printable = (maxLength: number) => Type.String({ pattern: '^[\\x20-\\x7e]*$', maxLength });

/** What one point of interception did since the process started. */
export const PointReport = Type.Object(
  {
    name: printable(32),
    /** `paused`: off until it is tried again. */
    state: Type.Union([Type.Literal('on'), Type.Literal('paused'), Type.Literal('off')]),
    /** What turned it off, the last time. */
    why: Type.Optional(printable(128)),
    /** Errors of its own, none of which the application saw. */
    faults: Count,
    /** Calls sent to an instance or given labels; inbound requests whose lane was decided. */
    governed: Count,
    /** Calls that no instance may take. */
    refused: Count,
    /** What was passed through as if there were no agent, by the reason. */
    passed: Type.Record(Type.String({ pattern: '^[a-z-]{1,32}$' }), Count, { ...closed, maxProperties: 32 }),
  },
  closed,
);
export type PointReport = Static<typeof PointReport>;

/** How an agent is, and what it did since the process started. */
export const AgentReport = Type.Object(
  {
    points: Type.Array(PointReport, { maxItems: 32 }),
    /** Why it passes everything through; absent: it does not. */
    aside: Type.Optional(printable(256)),
    /** About the memory that takes what it knows. */
    bytes: Count,
    /** Lane labels that counted as not set: malformed, there twice, or from outside at an edge. */
    droppedLabels: Count,
  },
  closed,
);
export type AgentReport = Static<typeof AgentReport>;

/** Up: POST /agent/v1/acks. The agent routes by this revision from now on. `report`: where there is something new. */
export const Ack = Type.Object(
  {
    version: Version,
    instance: InstanceId,
    revision: Type.Integer({ minimum: 0 }),
    report: Type.Optional(AgentReport),
  },
  closed,
);
export type Ack = Static<typeof Ack>;

/** Down: data of an SSE event `command` on the stream. Told again when the stream opens anew, until the instance did it. */
export const Command = Type.Object(
  {
    version: Version,
    /** `drain`: leave as at SIGTERM, but do not end the process. `resume`: take traffic again. */
    kind: Type.Union([Type.Literal('drain'), Type.Literal('resume')]),
  },
  closed,
);
export type Command = Static<typeof Command>;

/** Answer to GET /agent/v1/callers?instance=ID&state=STATE: which of its callers know that the instance is ready, or draining. Held until all do, at most 5 s. */
export const CallerStatus = Type.Object(
  {
    version: Version,
    callers: Count,
    acknowledged: Count,
    /** Ids of those that did not acknowledge yet, at most 20. */
    missing: Type.Array(InstanceId, { maxItems: 20 }),
  },
  closed,
);
export type CallerStatus = Static<typeof CallerStatus>;

const ResourceRef = Type.Unsafe<Resource>({ $ref: '#/$defs/AnyResource' });

/**
 * Down: data of an SSE event `update` on the stream, which POST /agent/v1/stream or GET /agent/v1/stream?instance=ID opens. The event's id is `<epoch>.<revision>`; sent
 * back as Last-Event-ID it resumes. A `full` update replaces all that was known, another one is applied on top of it.
 */
export const Update = Type.Object(
  {
    version: Version,
    /** Of the control plane process; revisions compare only within one. */
    epoch: Type.String({ minLength: 1, maxLength: 64 }),
    revision: Type.Integer({ minimum: 0 }),
    full: Type.Boolean(),
    namespace: Label,
    /**
     * Resources of the agent's namespace, and those of the namespaces it calls that speak of services: set or replaced;
     * removed, by key.
     */
    resources: Type.Object(
      { set: Type.Array(ResourceRef), removed: Type.Array(Type.String({ maxLength: 400 })) },
      closed,
    ),
    /** Instances of the services it calls: set or replaced; removed, by id. */
    instances: Type.Object({ set: Type.Array(Instance), removed: Type.Array(InstanceId) }, closed),
    /** What the addresses it asked for mean: the key of a service, or null: not governed. */
    addresses: Type.Record(DialledAddress, Type.Union([ServiceKey, Type.Null()])),
  },
  closed,
);
export type Update = Static<typeof Update>;

/** The form of an {@link Update} as an agent checks it: resources are trusted to have been checked by the control plane. */
export const UpdateForm = Type.Object(
  {
    ...Update.properties,
    resources: Type.Object(
      {
        set: Type.Array(
          Type.Object({ kind: Type.String(), metadata: Type.Object({ name: Type.String() }), spec: Type.Object({}) }),
        ),
        removed: Type.Array(Type.String()),
      },
      closed,
    ),
  },
  closed,
);
