import type { EventEmitter } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { RequestView } from '@fairway/core';
import type { Contexts } from '../govern/contexts.ts';
import type { Governor } from '../govern/governor.ts';
import type { Context } from '../govern/inbound.ts';
import type { Hook } from '../hook.ts';
import { SERVER_SPAN } from '../trace/app-spans.ts';
import { alike } from './alike.ts';

const REQUEST_EVENTS = new Set<unknown>(['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect']);

/** The context of an inbound message; null: it has none, and none must leak in from whoever used its connection before. */
export const CONTEXT = Symbol('fairway.context');

export type Emit = (...args: unknown[]) => boolean;
export type Bound = { [CONTEXT]?: Context | null };

/** Gives inbound requests of node:http and node:https servers their context, and keeps it in the events of their bodies and responses. */
export function interceptInbound(governor: Governor, hook: Hook): void {
  for (const { Server } of [http, https]) interceptServer(Server.prototype, governor, hook);
  bindEventsOf(http.IncomingMessage.prototype as unknown as { emit: Emit }, governor.contexts);
  const closed = (response: ServerResponse) => {
    try {
      governor.served.ended(response, response.writableFinished ? response.statusCode : undefined);
    } catch (error) {
      hook.fault(error);
    }
  };
  bindEventsOf(http.ServerResponse.prototype as unknown as { emit: Emit }, governor.contexts, closed as never);
}

function interceptServer(proto: EventEmitter, governor: Governor, hook: Hook): void {
  const before = emitterBefore(proto as { emit: Emit });
  const { contexts, spans } = governor;
  function contextOf(message: IncomingMessage, response: Bound | undefined): Context | undefined {
    try {
      const context = governor.inbound(new MessageView(message));
      (message as Bound)[CONTEXT] = context ?? null;
      if (!response) {
        context?.traced?.taken();
        return context;
      }
      response[CONTEXT] = context ?? null;
      governor.served.begin(response, message.url ?? '/', context);
      return context;
    } catch (error) {
      hook.fault(error);
      (message as Bound)[CONTEXT] = null;
      return undefined;
    }
  }
  proto.emit = function (this: EventEmitter, ...args: unknown[]): boolean {
    const { emit } = before;
    const event = args[0];
    // `request` is what comes nearly always.
    if ((event !== 'request' && !REQUEST_EVENTS.has(event)) || !hook.isOn) return emit.apply(this, args);
    const isTakenOver = event === 'upgrade' || event === 'connect';
    const context = contextOf(args[1] as IncomingMessage, isTakenOver ? undefined : (args[2] as Bound | undefined));
    if (context && isTakenOver) bindEvents(args[2] as EventEmitter, context, contexts);
    if (spans.isPending(SERVER_SPAN)) return spans.carry(() => within(contexts, context, emit, this, args));
    if (!contexts.isUsed && !context) return emit.apply(this, args);
    return within(contexts, context, emit, this, args);
  };
  alike(proto, 'emit', before.emit);
}

/**
 * Where `emit` is found that a class has before it gets one of its own. Where it inherits it, that is what is beneath the
 * class: others may put theirs there later, as node:domain does.
 */
export function emitterBefore(proto: { emit: Emit }): { readonly emit: Emit } {
  return Object.hasOwn(proto, 'emit') ? { emit: proto.emit } : Object.getPrototypeOf(proto);
}

/**
 * Events of a message fire in the context of the connection, not of the request: they are brought back, for all objects of a class.
 * `closed` is told of each that is over.
 */
export function bindEventsOf(proto: { emit: Emit }, contexts: Contexts, closed?: (subject: object) => void): void {
  const before = emitterBefore(proto);
  function emitWithin(this: Bound, ...args: unknown[]): boolean {
    return within(contexts, this[CONTEXT] ?? undefined, before.emit, this, args);
  }
  // The arguments are handed on whole, and so never made into an array: several events come with each message.
  proto.emit = function (this: Bound, ...args: unknown[]): boolean {
    if (closed && args[0] === 'close') closed(this);
    if (contexts.isUsed && this[CONTEXT] !== undefined) return emitWithin.apply(this, args);
    return before.emit.apply(this, args);
  };
  alike(proto, 'emit', before.emit);
}

/** A connection that was taken over belongs to the request that did, as does a query to the one that made it. */
export function bindEvents(emitter: EventEmitter, context: Context | undefined, contexts: Contexts): void {
  const emit = emitter.emit as Emit;
  const enumerable = Object.hasOwn(emitter, 'emit');
  emitter.emit = function (this: EventEmitter, ...args: unknown[]): boolean {
    return within(contexts, context, emit, this, args);
  };
  alike(emitter, 'emit', emit);
  Object.defineProperty(emitter, 'emit', { enumerable });
}

/** Emits in a context, which is mostly the one that is there already. */
export function within(
  contexts: Contexts,
  context: Context | undefined,
  emit: Emit,
  self: unknown,
  args: unknown[],
): boolean {
  if (contexts.getStore() === context) return emit.apply(self, args);
  return contexts.run(context, runApplied, emit, self, args);
}

function runApplied(emit: Emit, self: unknown, args: unknown[]): boolean {
  return emit.apply(self, args);
}

/** A class, because one is made for each request: nothing is allocated but itself. */
export class MessageView implements RequestView {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get method(): string {
    return this.#message.method ?? 'GET';
  }

  get url(): string {
    return this.#message.url ?? '/';
  }

  get clientIp(): string | undefined {
    return this.#message.socket?.remoteAddress?.replace(/^::ffff:/, '');
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}
