import { type Static, Type } from 'typebox';
import type { WorldInstance } from './instance.ts';
import { WorldInstance as WorldInstanceSchema } from './instance.ts';
import { closed } from './name.ts';
import type { Resource } from './resource.ts';

const ResourceRef = Type.Unsafe<Resource>({ $ref: '#/$defs/AnyResource' });
const Headers = Type.Record(
  Type.String({ minLength: 1, maxLength: 256 }),
  Type.Union([Type.String(), Type.Array(Type.String())]),
);

/** Everything that a decision depends on: what `fairway explain` and the conformance vectors are asked about. */
export const World = Type.Object(
  {
    /** Of the resources, where the control plane tells them. */
    revision: Type.Optional(Type.Integer({ minimum: 0 })),
    resources: Type.Optional(Type.Array(ResourceRef)),
    instances: Type.Optional(Type.Array(WorldInstanceSchema)),
  },
  closed,
);
export interface World {
  readonly revision?: number;
  readonly resources?: readonly Resource[];
  readonly instances?: readonly WorldInstance[];
}

/** An HTTP request as written down: the URL may be a path or absolute. */
export const WrittenRequest = Type.Object(
  {
    method: Type.Optional(Type.String({ maxLength: 32 })),
    url: Type.Optional(Type.String({ maxLength: 16_384 })),
    clientIp: Type.Optional(Type.String({ maxLength: 64 })),
    headers: Type.Optional(Headers),
  },
  closed,
);
export type WrittenRequest = Static<typeof WrittenRequest>;

export const VectorCase = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    /** Id of the instance where it is decided. */
    at: Type.String({ minLength: 1 }),
    /** null: work that no request started. */
    request: Type.Optional(Type.Union([Type.Null(), WrittenRequest])),
    expectLane: Type.Optional(Type.String()),
    expectReason: Type.Optional(Type.String()),
    call: Type.Optional(WrittenRequest),
    /** Ids, in any order; null: left as dialled. */
    expectEligible: Type.Optional(Type.Union([Type.Null(), Type.Array(Type.String())])),
    expectCallReason: Type.Optional(Type.String()),
    /** Headers that the call must carry; null: must be absent. */
    expectSent: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
    expectError: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  },
  closed,
);
export type VectorCase = Static<typeof VectorCase>;

export const VectorFile = Type.Object({ world: World, cases: Type.Array(VectorCase) }, closed);
export interface VectorFile {
  readonly world: World;
  readonly cases: readonly VectorCase[];
}
