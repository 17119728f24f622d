import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './auth.ts';
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
        checkQuery?.(request.query);
        checkBody?.(request.body ?? null);
        const answer = await route.handle(request, reply);
        if (route.answer === 'stream' || reply.sent) return reply;
        return route.answer === undefined ? reply.code(204).send() : reply.send(answer);
      },
    });
  }
}
