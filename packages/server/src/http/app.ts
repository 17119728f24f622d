import { FairwayError } from '@fairway/model';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { TokenBook } from '../token/token.ts';
import type { SessionBook } from '../user/session-book.ts';
import { authenticate } from './auth.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { fairwayErrorOf, PROBLEM_TYPE, problemDocument } from './problem.ts';

/** Bounds of what is taken from outside. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** For a request to arrive in full. */
  readonly requestTimeoutMs: number;
  /** Requests without a valid token that one address may send in a minute. */
  readonly maxFailedAttempts: number;
}

/** What answers requests, without routes: limits, tokens, errors, logging. It does not listen. */
export function createApp(
  tokens: TokenBook,
  sessions: SessionBook,
  limits: HttpLimits,
  log: Logger,
  nowMs: () => number,
): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.maxBodyBytes,
    routerOptions: { maxParamLength: 256 },
    // Prototype poisoning in bodies is refused, not removed.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  }) as unknown as FastifyInstance;
  app.decorateRequest('token', null);
  app.addHook('onRequest', authenticate(tokens, sessions, new FailedAttempts(limits.maxFailedAttempts, 60_000), nowMs));
  app.setNotFoundHandler((request) => {
    throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no ${request.method} ${request.url.split('?', 1)[0]}`);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = fairwayErrorOf(error);
    if (known.code === 'FAIRWAY_INTERNAL') request.log.error({ err: error }, 'a request failed');
    const document = problemDocument(known);
    return reply.code(document.status).type(PROBLEM_TYPE).send(document);
  });
  return app;
}
