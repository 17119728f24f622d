import { type Static, Type } from 'typebox';
import { closed, ServiceKey, ServiceRef } from './name.ts';

export const InstanceState = Type.Union([
  Type.Literal('starting'),
  Type.Literal('ready'),
  Type.Literal('draining'),
  Type.Literal('gone'),
]);
export type InstanceState = Static<typeof InstanceState>;

const Port = Type.Integer({ minimum: 1, maximum: 65535 });

/** The id of an instance. */
export const InstanceId = Type.String({
  pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?$',
  description: 'the id of an instance',
});

const described = {
  id: InstanceId,
  /** Empty: base. */
  lane: Type.Optional(
    Type.String({ pattern: '^[a-z0-9-]{0,63}$', description: 'a lane: at most 63 characters of a-z, 0-9 and -' }),
  ),
  labels: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 256 }))),
  zone: Type.Optional(Type.String({ maxLength: 128 })),
  /** The address that callers connect to: an IP address or a host name. */
  host: Type.String({ pattern: '^[A-Za-z0-9._:-]{1,253}$' }),
  ports: Type.Array(Port, { maxItems: 64, uniqueItems: true }),
  state: InstanceState,
  weight: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
  /** How long it had been ready when this was told. Absent: longer than any warm-up, or not ready. */
  readyForMs: Type.Optional(Type.Integer({ minimum: 0 })),
};

/** One running copy of a service, as the directory knows it. */
export const Instance = Type.Object(
  {
    ...described,
    service: ServiceKey,
    /** Its link to the control plane broke: others are preferred until it is back or gone. */
    suspect: Type.Optional(Type.Boolean()),
    /** Taken out by outlier removal. */
    ejected: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type Instance = Readonly<Static<typeof Instance>>;

/** An instance as written in a world file: the service may be named without its namespace. */
export const WorldInstance = Type.Object(
  { ...described, service: ServiceRef, suspect: Type.Optional(Type.Boolean()), ejected: Type.Optional(Type.Boolean()) },
  closed,
);
export type WorldInstance = Readonly<Static<typeof WorldInstance>>;
