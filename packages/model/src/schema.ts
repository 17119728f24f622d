import { Type } from 'typebox';
import { LaneComparison } from './comparison.ts';
import { ConditionSchema, MatcherSchema } from './condition.ts';
import { Diagnose, DiagnosisReport, Findings } from './diagnosis.ts';
import { Following, FollowKeys, HopNode, HopReport, RequestTrace, TraceSummary } from './hop.ts';
import { Instance, WorldInstance } from './instance.ts';
import { LedgerReport } from './ledger.ts';
import { Release, ReleaseSpec, ReleaseState, ReleaseStatus } from './release.ts';
import { KINDS, resourceSchema, SPECS } from './resource.ts';
import { Pace, TrafficReport } from './traffic.ts';
import { ServiceTrafficDetail, Topology, TrafficSeries } from './traffic-view.ts';
import {
  Ack,
  CallerStatus,
  Command,
  Opening,
  Registration,
  StateChange,
  Subscription,
  Update,
  UpdateForm,
} from './wire.ts';
import { VectorFile, World } from './world.ts';

const specs = Object.fromEntries(KINDS.map((kind) => [`${kind}Spec`, SPECS[kind]]));
const resources = Object.fromEntries(KINDS.map((kind) => [kind, resourceSchema(kind)]));

/** All named schemas: one JSON Schema document, from which the validators and the OpenAPI components are made. */
export const DEFINITIONS = {
  Matcher: MatcherSchema,
  Condition: ConditionSchema,
  ...specs,
  ...resources,
  AnyResource: {
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: KINDS.map((kind) => ({ $ref: `#/$defs/${kind}` })),
  },
  ReleaseSpec,
  Release,
  ReleaseState,
  ReleaseStatus,
  Instance,
  WorldInstance,
  Registration,
  StateChange,
  Subscription,
  Opening,
  Ack,
  LedgerReport,
  Pace,
  TrafficReport,
  HopReport,
  FollowKeys,
  Following,
  HopNode,
  RequestTrace,
  TraceSummary,
  Topology,
  TrafficSeries,
  ServiceTrafficDetail,
  LaneComparison,
  Command,
  Diagnose,
  DiagnosisReport,
  Findings,
  CallerStatus,
  Update,
  UpdateForm,
  World,
  VectorFile,
  Problem: Type.Object({ path: Type.String(), found: Type.String(), expected: Type.String() }),
} as const;

/** Names of the schemas that get a validator of their own. */
export const VALIDATED = [
  ...KINDS,
  'Release',
  'ReleaseState',
  'Registration',
  'StateChange',
  'Subscription',
  'Opening',
  'Ack',
  'LedgerReport',
  'TrafficReport',
  'DiagnosisReport',
  'HopReport',
  'Update',
  'World',
  'VectorFile',
] as const;

/** JSON Schema (draft 2020-12) of everything that people or processes send. */
export function jsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://fairway.dev/schema/v1',
    $defs: DEFINITIONS,
  };
}
