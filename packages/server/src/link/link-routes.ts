import type { Had } from '@fairway/control';
import {
  type Ack,
  FairwayError,
  type InstanceState,
  namespaceOfService,
  type Opening,
  type Registration,
  type StateChange,
  type Subscription,
} from '@fairway/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tokenOf } from '../http/auth.ts';
import { heldFor } from '../http/held.ts';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { Link } from './link.ts';

const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
/** An answer is held no longer: intermediaries give up on silence. */
const MAX_HOLD_MS = 5_000;
/** Of it the report is kept. */
const MAX_ACK_BYTES = 16 * 1024;

/** The agents' side of the API. A 404 tells an agent to register again. */
export function linkRoutes(link: Link, nowMs: () => number, stopping: AbortSignal): Route[] {
  return [
    ...announceRoutes(link, nowMs),
    ...followRoutes(link, nowMs),
    ...streamRoutes(link, nowMs),
    callersRoute(link, stopping),
  ];
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
        register(link, request, request.body as Registration, nowMs());
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
  ];
}

const LAST_EVENT = { 'Last-Event-ID': '`<epoch>.<revision>` of the last update that the agent had.' };

function streamRoutes(link: Link, nowMs: () => number): Route[] {
  return [
    {
      method: 'POST',
      path: '/agent/v1/stream',
      access: 'agent',
      summary: 'Announces an instance, adds addresses, and opens its stream of updates, in one.',
      body: modelSchema('Opening'),
      bodyLimitBytes: MAX_MESSAGE_BYTES,
      headers: LAST_EVENT,
      answer: 'stream',
      handle(request, reply) {
        const { addresses, ...registration } = request.body as Opening;
        const { id } = registration.instance;
        link.admit(id, tokenOf(request).id);
        register(link, request, registration, nowMs());
        link.fleet.subscribe(id, addresses);
        open(link, request, reply, id);
      },
    },
    {
      method: 'GET',
      path: '/agent/v1/stream',
      access: 'agent',
      summary: 'Opens the stream of updates of an announced instance; while it is open, the instance is alive.',
      query: objectSchema({ instance: text(128) }),
      headers: LAST_EVENT,
      answer: 'stream',
      handle(request, reply) {
        const { instance } = request.query as { instance: string };
        own(link, request, instance);
        link.admit(instance, tokenOf(request).id);
        open(link, request, reply, instance);
      },
    },
  ];
}

function register(link: Link, request: FastifyRequest, { instance, agent }: Registration, nowMs: number): void {
  admit(request, namespaceOfService(instance.service), `instance ${instance.id} of ${instance.service}`);
  if (link.fleet.directory.instances.get(instance.id)) own(link, request, instance.id);
  link.fleet.register(instance, nowMs);
  link.agents.registered(instance.id, agent);
}

function open(link: Link, request: FastifyRequest, reply: FastifyReply, instance: string): void {
  const namespace = own(link, request, instance);
  reply.hijack();
  link.open({ instance, namespace, token: tokenOf(request).id }, lastEventOf(request), reply.raw);
}

function callersRoute(link: Link, stopping: AbortSignal): Route {
  return {
    method: 'GET',
    path: '/agent/v1/callers',
    access: 'agent',
    summary: 'Which callers of an instance know the state that it is in; held until all do, at most 5 s.',
    query: objectSchema({ instance: text(128), state: { type: 'string', enum: ['ready', 'draining'] } }),
    answer: modelSchema('CallerStatus'),
    handle(request, reply) {
      const { instance, state } = request.query as { instance: string; state: InstanceState };
      own(link, request, instance);
      return link.callers.status(instance, state, heldFor(reply, MAX_HOLD_MS, stopping));
    },
  };
}

/** The namespace of an instance that the token may speak for. */
export function own(link: Link, request: FastifyRequest, id: string): string {
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
