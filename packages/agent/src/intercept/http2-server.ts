import type { EventEmitter } from 'node:events';
import { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Server } from 'node:net';
import type { RequestView } from '@fairway/core';
import type { Governor } from '../govern/governor.ts';
import type { Hook } from '../hook.ts';
import { SERVER_SPAN } from '../trace/app-spans.ts';
import { alike } from './alike.ts';
import { httpStatusOf } from './http2-call.ts';
import { ownerOf } from './http2-internals.ts';
import { type Bound, bindEventsOf, CONTEXT, type Emit, emitterBefore, MessageView, within } from './inbound.ts';

type Class = { emit: Emit };

/**
 * Gives each stream of an HTTP/2 server its context, and keeps it in the events of the stream: gRPC handlers run in those. The classes are
 * found when the first server of theirs listens, because loading node:http2 costs what most applications need not pay.
 */
export function interceptHttp2Server(governor: Governor, hook: Hook): void {
  const proto = Server.prototype as unknown as { listen(...args: unknown[]): Server };
  const { listen } = proto;
  const intercepted = new WeakSet<object>();
  const once = (found: object | undefined, intercept: (found: Class) => void) => {
    if (!found || intercepted.has(found)) return;
    intercepted.add(found);
    intercept(found as Class);
  };

  proto.listen = function (this: Server, ...args) {
    hook.attempt(() => once(ownerOf(this, 'updateSettings'), interceptClass));
    return Reflect.apply(listen, this, args);
  };
  alike(proto, 'listen', listen);

  function interceptClass(server: Class): void {
    const before = emitterBefore(server);
    server.emit = function (this: EventEmitter, ...args: unknown[]): boolean {
      const { emit } = before;
      const message = args[1] as object | undefined;
      const view = hook.isOn && message ? viewOf(args[0], message, args[2]) : undefined;
      if (!message || !view) return emit.apply(this, args);
      const context = hook.attempt(() => governor.inbound(view));
      (message as Bound)[CONTEXT] = context ?? null;
      if (args[0] === 'stream') hook.attempt(() => governor.served.begin(message, view.url, context));
      else context?.traced?.taken();
      hook.attempt(() => once(ownerOf(message, 'respond'), bindStreams));
      const { contexts, spans } = governor;
      if (!spans.isPending(SERVER_SPAN)) return within(contexts, context, emit, this, args);
      return spans.carry(() => within(contexts, context, emit, this, args));
    };
    alike(server, 'emit', before.emit);
  }

  /** `emit` itself is inherited from all streams of Node.js, and is to change for these alone. */
  function bindStreams(stream: Class): void {
    bindEventsOf(stream, governor.contexts, (subject) =>
      hook.attempt(() => governor.served.ended(subject, statusOf(subject as ServerHttp2Stream))),
    );
  }
}

/** What starts a request: a stream, or a message of a client that speaks HTTP/1.1 only. */
function viewOf(event: unknown, subject: unknown, headers: unknown): RequestView | undefined {
  if (event === 'stream') return new StreamView(subject as ServerHttp2Stream, headers as IncomingHttpHeaders);
  return event === 'request' && subject instanceof IncomingMessage ? new MessageView(subject) : undefined;
}

/** The status of an answer that went out whole, that of gRPC as the one of HTTP that it means. */
function statusOf({ rstCode, sentHeaders, sentTrailers }: ServerHttp2Stream): number | undefined {
  const status = sentHeaders?.[':status'];
  if (rstCode !== 0 || status === undefined) return undefined;
  const ofGrpc = sentTrailers?.['grpc-status'] ?? sentHeaders['grpc-status'];
  return ofGrpc === undefined ? Number(status) : httpStatusOf(ofGrpc);
}

class StreamView implements RequestView {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.#headers = headers;
  }

  get method(): string {
    return this.header(':method') ?? 'GET';
  }

  get url(): string {
    return this.header(':path') ?? '/';
  }

  get clientIp(): string | undefined {
    return this.#stream.session?.socket?.remoteAddress?.replace(/^::ffff:/, '');
  }

  header(name: string): string | undefined {
    const value = this.#headers[name] ?? (name === 'host' ? this.#headers[':authority'] : undefined);
    return Array.isArray(value) ? value.join(', ') : value;
  }
}
