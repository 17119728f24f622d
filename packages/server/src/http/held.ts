import type { FastifyReply } from 'fastify';

/** Aborted when an answer must be held no longer: the time is up, the client went away, or the server stops. */
export function heldFor(reply: FastifyReply, maxMs: number, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([AbortSignal.timeout(maxMs), stopping, gone.signal]);
}
