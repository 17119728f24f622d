import { type Static, Type } from 'typebox';
import type { Condition } from './condition.ts';
import { InstanceId } from './instance.ts';
import { closed, HeaderName, Label, ServiceName, ServiceRef } from './name.ts';
import { PolicySpec } from './policy.ts';
import { StickyBy } from './sticky-by.ts';
import { API_VERSION } from './version.ts';

export const ConditionRef = Type.Unsafe<Condition>({ $ref: '#/$defs/Condition' });
export const Percent = Type.Number({
  minimum: 0,
  maximum: 100,
  description: 'a percentage from 0 to 100, at most two decimals',
});
export const Priority = Type.Integer({ minimum: 0, maximum: 1_000_000, default: 100 });
export const Services = Type.Array(ServiceRef, { minItems: 1, maxItems: 1000 });

/** A rule that gives a request a lane where it comes in. */
export const EntryRule = Type.Object(
  {
    /** Salt of the percentage; `<lane>/<index>` unless given. Keep it when rules are reordered: users stay where they are. */
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    priority: Type.Optional(Priority),
    /** Entry services, or gateways, by name. */
    services: Services,
    match: Type.Optional(ConditionRef),
    percent: Type.Optional(Percent),
    stickyBy: Type.Optional(StickyBy),
    keyless: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('random')])),
    /** Short for a match on one header; `value` defaults to the lane's name. */
    header: Type.Optional(
      Type.Object({ name: HeaderName, value: Type.Optional(Type.String({ maxLength: 4096 })) }, closed),
    ),
  },
  closed,
);
export type EntryRule = Static<typeof EntryRule>;

export const LaneSpec = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    /** No instance in the lane, no call: an empty fallback chain. */
    strict: Type.Optional(Type.Boolean({ default: false })),
    /** Lane names or `base`, in the order in which they are tried. Default `[base]`. */
    fallback: Type.Optional(Type.Array(Label, { maxItems: 16 })),
    fallbackWhen: Type.Optional(Type.Union([Type.Literal('unhealthy'), Type.Literal('absent')])),
    entry: Type.Optional(Type.Array(EntryRule, { maxItems: 200 })),
  },
  closed,
);

export const SplitSpec = Type.Object(
  {
    services: Services,
    stickyBy: Type.Optional(StickyBy),
    split: Type.Array(Type.Object({ lane: Label, percent: Percent }, closed), { minItems: 1, maxItems: 100 }),
  },
  closed,
);

export const ServiceSpec = Type.Object(
  {
    /** Host names by which callers dial the service, besides its own name. */
    hosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 253 }), { maxItems: 100 })),
    /** Drops lane labels that come from outside. */
    edge: Type.Optional(Type.Boolean({ default: false })),
    /** Dialled port -> port of the instances, where they differ. */
    ports: Type.Optional(
      Type.Record(Type.String({ pattern: '^[0-9]{1,5}$' }), Type.Integer({ minimum: 1, maximum: 65535 })),
    ),
  },
  closed,
);

const Labels = Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 256 }));

/** Where a route sends: base instances unless `lane` is given; `lane` and `labels` must both hold. */
export const RouteDestination = Type.Object(
  {
    lane: Type.Optional(Label),
    labels: Type.Optional(Labels),
    /** Relative to the others of the rule; 0 is never drawn. Default 1. */
    weight: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  },
  closed,
);
export type RouteDestination = Static<typeof RouteDestination>;

export const RouteRule = Type.Object(
  {
    /** Absent: every request. */
    match: Type.Optional(ConditionRef),
    to: Type.Array(RouteDestination, { minItems: 1, maxItems: 100 }),
    otherwise: Type.Optional(Type.Union([Type.Literal('continue'), Type.Literal('fail')])),
  },
  closed,
);
export type RouteRule = Static<typeof RouteRule>;

export const RouteSpec = Type.Object(
  {
    priority: Type.Optional(Priority),
    service: ServiceRef,
    /** Only calls from these services. Absent: from any. */
    callers: Type.Optional(Services),
    /** Header names that are passed from the inbound request to the calls made for it, down the whole chain. */
    propagate: Type.Optional(Type.Array(HeaderName, { maxItems: 32 })),
    rules: Type.Array(RouteRule, { minItems: 1, maxItems: 200 }),
  },
  closed,
);

/** One listening socket of a gateway and the service behind it. */
export const GatewayEntry = Type.Object(
  {
    name: Label,
    protocol: Type.Union([Type.Literal('http'), Type.Literal('tcp')]),
    /** `port` or `address:port`. */
    listen: Type.String({ pattern: '^(?:(?:[0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?[0-9]{1,5}$' }),
    service: ServiceRef,
    /** Port of the instances; the only one they have unless given. */
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
    /** HTTP only: host names served; all unless given. */
    hosts: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9.*_-]{1,253}$' }), { maxItems: 100 })),
    /** HTTP only: path prefix; `/` unless given. */
    path: Type.Optional(Type.String({ pattern: '^/[A-Za-z0-9/._~%-]{0,255}$' })),
  },
  closed,
);
export type GatewayEntry = Static<typeof GatewayEntry>;

export const GatewaySpec = Type.Object(
  {
    type: Type.Literal('nginx'),
    /** Drops lane labels that come from outside. Default true: a gateway is where outside begins. */
    edge: Type.Optional(Type.Boolean({ default: true })),
    entries: Type.Array(GatewayEntry, { minItems: 1, maxItems: 200 }),
  },
  closed,
);

/** Switches and names that hold for a whole namespace. The resource is called as the namespace is. */
export const NamespaceSpec = Type.Object(
  {
    /** Off: every agent in the namespace passes traffic through untouched. */
    enabled: Type.Optional(Type.Boolean({ default: true })),
    /** What changes how its traffic goes takes two people; turning a lane, a release or the namespace off takes one. */
    protected: Type.Optional(Type.Boolean({ default: false })),
    /** Parts of it whose agents do so: of services, by name, and of single instances, by id. */
    off: Type.Optional(
      Type.Object(
        {
          services: Type.Optional(Type.Array(ServiceName, { maxItems: 1000, uniqueItems: true })),
          instances: Type.Optional(Type.Array(InstanceId, { maxItems: 1000, uniqueItems: true })),
        },
        closed,
      ),
    ),
    /** Hosts that are not governed but may see labels and propagated headers. `*.example` covers names below it. */
    internalHosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 253 }), { maxItems: 200 })),
    /** Header names, besides `x-fairway-lane`, from which a lane label is accepted. */
    laneHeaders: Type.Optional(Type.Array(HeaderName, { maxItems: 8 })),
    /** Of how many requests agents make spans of their own, where the application does not. Of none unless given. */
    traces: Type.Optional(
      Type.Object(
        {
          percent: Type.Optional(Percent),
          /** Of single lanes; `base` for requests of none. */
          lanes: Type.Optional(Type.Record(Label, Percent, { ...closed, maxProperties: 200 })),
        },
        closed,
      ),
    ),
  },
  closed,
);

/** Kind -> schema of its spec. The one list of kinds. */
export const SPECS = {
  Namespace: NamespaceSpec,
  Lane: LaneSpec,
  Split: SplitSpec,
  Service: ServiceSpec,
  Route: RouteSpec,
  Policy: PolicySpec,
  Gateway: GatewaySpec,
} as const;

export type Kind = keyof typeof SPECS;
export const KINDS = Object.keys(SPECS) as Kind[];

export const Metadata = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$' }),
    /** `default` unless given. */
    namespace: Type.Optional(Label),
    labels: Type.Optional(Labels),
    annotations: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 4096 })),
    ),
  },
  closed,
);
export type Metadata = Static<typeof Metadata>;

export type Spec<K extends Kind> = Static<(typeof SPECS)[K]>;

/** What people write, Git keeps and the API takes. */
export interface ResourceOf<K extends Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K;
  readonly metadata: Metadata;
  readonly spec: Spec<K>;
}
export type Resource = { [K in Kind]: ResourceOf<K> }[Kind];
export type Lane = ResourceOf<'Lane'>;
export type Split = ResourceOf<'Split'>;
export type Service = ResourceOf<'Service'>;
export type Route = ResourceOf<'Route'>;
export type Policy = ResourceOf<'Policy'>;
export type Gateway = ResourceOf<'Gateway'>;
export type Namespace = ResourceOf<'Namespace'>;

/** Schema of a whole resource of one kind. */
export function resourceSchema(kind: Kind) {
  return Type.Object(
    {
      apiVersion: Type.Literal(API_VERSION),
      kind: Type.Literal(kind),
      metadata: Metadata,
      spec: Type.Unsafe({ $ref: `#/$defs/${kind}Spec` }),
    },
    closed,
  );
}
