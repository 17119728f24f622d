import type { Had } from '@fairway/control';
import {
  type Ack,
  FairwayError,
  namespaceOfService,
  type Registration,
  type StateChange,
  type Subscription,
} from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { tokenOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { Link } from './link.ts';

const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
/** Of it the report is kept. */
const MAX_ACK_BYTES = 16 * 1024;

/** The agents' side of the API. A 404 tells an agent to register again. */
export function linkRoutes(link: Link, nowMs: () => number): Route[] {
  return [...announceRoutes(link, nowMs), ...followRoutes(link, nowMs)];
}

function announceRoutes(link: Link, nowMs: () => number): Route[] {
  return [
    {
      method: 'POST',
      path: '/agent/v1/instances',
      access: 'agent',
      summary: 'Announces an instance, or replaces what was announced of it.',
      body: modelSchema('Registration'),
      bodyLimitBytes: MAX_MESSAGE_BYTES,
      handle(request) {
        const { instance, agent } = request.body as Registration;
        admit(request, namespaceOfService(instance.service), `instance ${instance.id} of ${instance.service}`);
        if (link.fleet.directory.instances.get(instance.id)) own(link, request, instance.id);
        link.fleet.register(instance, nowMs());
        link.agents.registered(instance.id, agent);
      },
    },
    {
      method: 'POST',
      path: '/agent/v1/state',
      access: 'agent',
      summary: 'Tells the state of an instance; `gone` takes it out of the directory at once.',
      body: modelSchema('StateChange'),
      handle(request) {
        const { instance, state } = request.body as StateChange;
        own(link, request, instance);
        link.fleet.setState(instance, state, nowMs());
      },
    },
  ];
}

function followRoutes(link: Link, nowMs: () => number): Route[] {
  return [
    {
      method: 'POST',
      path: '/agent/v1/subscriptions',
      access: 'agent',
      summary: 'Adds addresses to what the stream of an instance tells of.',
      body: modelSchema('Subscription'),
      bodyLimitBytes: MAX_MESSAGE_BYTES,
      handle(request) {
        const { instance, addresses } = request.body as Subscription;
        own(link, request, instance);
        link.fleet.subscribe(instance, addresses);
      },
    },
    {
      method: 'POST',
      path: '/agent/v1/acks',
      access: 'agent',
      summary: 'Tells that an agent routes by a revision of the link, and how it is.',
      body: modelSchema('Ack'),
      bodyLimitBytes: MAX_ACK_BYTES,
      handle(request) {
        const { instance, revision, report } = request.body as Ack;
        own(link, request, instance);
        if (report) link.agents.reported(instance, report, nowMs());
        link.broadcaster.acknowledge(instance, revision);
      },
    },
    {
      method: 'GET',
      path: '/agent/v1/stream',
      access: 'agent',
      summary: 'Opens the stream of updates; while it is open, the instance is alive.',
      query: objectSchema({ instance: text(128) }),
      headers: { 'Last-Event-ID': '`<epoch>.<revision>` of the last update that the agent had.' },
      answer: 'stream',
      handle(request, reply) {
        const { instance } = request.query as { instance: string };
        const namespace = own(link, request, instance);
        const token = tokenOf(request).id;
        link.admit(instance, token);
        reply.hijack();
        link.open({ instance, namespace, token }, lastEventOf(request), reply.raw);
      },
    },
  ];
}

/** The namespace of an instance that the token may speak for. */
function own(link: Link, request: FastifyRequest, id: string): string {
  const namespace = namespaceOfService(link.fleet.instance(id).service);
  admit(request, namespace, `instance ${id}`);
  return namespace;
}

function admit(request: FastifyRequest, namespace: string, what: string): void {
  const allowed = tokenOf(request).namespace;
  if (allowed === namespace) return;
  throw new FairwayError('FAIRWAY_FORBIDDEN', `the token is for namespace ${allowed}, not for ${what}`);
}

function lastEventOf(request: FastifyRequest): Had | null {
  const match = /^([\w-]{1,64})\.(\d{1,15})$/.exec(String(request.headers['last-event-id'] ?? ''));
  return match ? { epoch: match[1] as string, revision: Number(match[2]) } : null;
}
