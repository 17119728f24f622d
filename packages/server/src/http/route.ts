import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Access, boundTo, confine } from './auth.ts';
import { type JsonSchema, SchemaChecks } from './schema.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One route: what it is called, who may use it, what it takes and gives. Served and documented from the same value. */
export interface Route {
  readonly method: Method;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  /** Header names that mean something here, and what. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a success answers. Absent: 204, nothing. `stream`: server-sent events. `text`: plain text. */
  readonly answer?: JsonSchema | 'stream' | 'text';
  readonly bodyLimitBytes?: number;
  /**
   * The namespace that a request is about; null: all. Unless given that of its path or query, else all: then a token of one
   * namespace may not use the route.
   */
  scope?(request: FastifyRequest): string | null;
  /** Gives the answer; undefined when it sent it itself, or there is none. */
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
}

/** Serves the routes. Query and body are checked before a handler sees them. */
export function mount(app: FastifyInstance, routes: readonly Route[]): void {
  const checks = new SchemaChecks();
  for (const route of routes) {
    const checkQuery = route.query && checks.query(route.query);
    const checkBody = route.body && checks.body(route.body);
    app.route({
      method: route.method,
      url: route.path,
      config: { access: route.access },
      ...(route.bodyLimitBytes === undefined ? {} : { bodyLimit: route.bodyLimitBytes }),
      exposeHeadRoute: false,
      async handler(request, reply) {
        askForOwn(request, route);
        checkQuery?.(request.query);
        checkBody?.(request.body ?? null);
        confine(request, (route.scope ?? scopeOf)(request));
        const answer = await route.handle(request, reply);
        if (route.answer === 'stream' || reply.sent) return reply;
        return route.answer === undefined ? reply.code(204).send() : reply.send(answer);
      },
    });
  }
}

/** Who has a token of one namespace asks for that one unless for another. */
function askForOwn(request: FastifyRequest, { query }: Route): void {
  const own = boundTo(request);
  const isAsked = 'namespace' in ((query?.['properties'] as object | undefined) ?? {});
  const asked = request.query as { namespace?: string };
  if (own !== null && isAsked) asked.namespace ??= own;
}

function scopeOf({ params, query }: FastifyRequest): string | null {
  const named = [params, query] as readonly { readonly namespace?: string }[];
  return named.find((one) => one?.namespace !== undefined)?.namespace ?? null;
}
