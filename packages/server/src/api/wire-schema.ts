import { AgentReport, Instance, InstanceState, KINDS, Registration, Rollout } from '@fairway/model';
import { type JsonSchema, listOf, modelSchema, nullable, objectSchema, text, whole } from '../http/schema.ts';
import { ROLES } from '../token/role.ts';

/** Forms of what the API answers that are not resources or messages of the link. */
const string: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'string', format: 'date-time' };
const revision: JsonSchema = { type: 'integer' };

const difference = objectSchema({ path: string, before: {}, after: {} });
const differences: JsonSchema = { type: 'array', items: difference };

export const REASON = text(1_024);

export const CHANGE = objectSchema({
  key: string,
  kind: { type: 'string', enum: KINDS },
  namespace: string,
  name: string,
  action: { type: 'string', enum: ['created', 'updated', 'deleted', 'unchanged'] },
  revision,
  diff: differences,
  // It is not made yet: it waits for a second person.
  'request?': string,
});

export const APPLY = objectSchema({
  resources: { type: 'array', maxItems: 5_000, items: modelSchema('AnyResource') },
  'dryRun?': { type: 'boolean' },
  'reason?': REASON,
});

export const APPLIED = objectSchema({
  revision,
  changes: { type: 'array', items: CHANGE },
  warnings: { type: 'array', items: objectSchema({ key: string, path: string, text: string }) },
  'request?': string,
});

export const CHANGE_REQUEST = objectSchema({
  id: string,
  namespace: string,
  author: string,
  reason: nullable(string),
  at: time,
  changes: {
    type: 'array',
    items: objectSchema({
      key: string,
      resource: nullable(modelSchema('AnyResource')),
      revision: nullable(revision),
      diff: differences,
    }),
  },
});

export const STORED = objectSchema({
  key: string,
  resource: modelSchema('AnyResource'),
  revision,
  updatedAt: time,
  author: string,
});

export const HISTORY = listOf(
  objectSchema({
    revision,
    at: time,
    author: string,
    reason: nullable(string),
    action: string,
    diff: differences,
    resource: nullable(modelSchema('AnyResource')),
  }),
);

export const AUDIT = listOf(
  objectSchema({
    id: revision,
    at: time,
    author: string,
    action: string,
    target: string,
    revision: nullable(revision),
    reason: nullable(string),
  }),
);

export const NAMESPACES = listOf(
  objectSchema({
    name: string,
    enabled: { type: 'boolean' },
    off: objectSchema({ services: { type: 'array', items: string }, instances: { type: 'array', items: string } }),
    services: revision,
    instances: revision,
  }),
);

const number: JsonSchema = { type: 'number' };
const WARMUP = objectSchema({ durationMs: number, curve: number, floor: number, share: number });

export const INSTANCES = listOf({
  ...Instance,
  properties: {
    ...Instance.properties,
    connected: { type: 'boolean' },
    revision: nullable(revision),
    since: time,
    warmup: nullable(WARMUP),
  },
  required: [...Instance.required, 'connected', 'revision', 'since', 'warmup'],
});

export const AGENTS = listOf(
  objectSchema({
    instance: string,
    service: string,
    lane: string,
    connected: { type: 'boolean' },
    revision: nullable(revision),
    off: nullable({ type: 'string', enum: ['namespace', 'service', 'instance'] }),
    agent: nullable({ ...Registration.properties.agent }),
    report: nullable({ ...AgentReport }),
    reportedAt: nullable(time),
  }),
);

export const PROPAGATION = objectSchema({
  revision,
  agents: revision,
  acknowledged: revision,
  pending: { type: 'array', items: string },
});

export const PRESERVATION = objectSchema({
  active: { type: 'boolean' },
  since: nullable(time),
  connected: revision,
  lost: revision,
});

export const COMMANDED = objectSchema({
  instance: string,
  service: string,
  command: { type: 'string', enum: ['drain', 'resume'] },
  state: { ...InstanceState },
  connected: { type: 'boolean' },
});

export const DRAINED = objectSchema({
  callers: revision,
  acknowledged: revision,
  missing: { type: 'array', items: string },
});

export const LOSSES = objectSchema({
  items: { type: 'array', items: { ...Rollout } },
  outside: objectSchema({ requests: revision, failed: revision, saved: revision }),
  truncated: { type: 'boolean' },
});

const token = {
  id: string,
  name: string,
  role: { type: 'string', enum: ROLES },
  namespace: nullable(string),
};
export const TOKENS = listOf(objectSchema({ ...token, createdAt: time, author: string }));
export const ME = objectSchema({ name: string, role: token.role, namespace: token.namespace, csrf: nullable(string) });
export const NEW_TOKEN = objectSchema({ ...token, token: string });

export const PAGE = { 'limit?': whole(1, 1_000), 'before?': whole(1, 2_147_483_647) };
