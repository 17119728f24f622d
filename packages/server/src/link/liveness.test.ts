import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { AgentStream } from './agent-stream.ts';
import { judge } from './liveness.ts';

const OPTIONS = { probeMs: 30_000, ackTimeoutMs: 30_000 };

/** A hundred streams whose agents acknowledged the same at one moment. */
const streams = Array.from({ length: 100 }, (_, number) => {
  const owner = { instance: `i${number}`, namespace: 'shop', token: 't' };
  const stream = new AgentStream(number, owner, {} as ServerResponse);
  stream.written = 5;
  stream.acknowledge(5, 1_000);
  return stream;
});

function probedAt(nowMs: number): number {
  return streams.filter((stream) => judge(stream, nowMs, OPTIONS) === 'probe').length;
}

it('agents who were told of the same are asked one after the other, each in time', () => {
  expect(probedAt(1_000 + OPTIONS.probeMs)).toBe(0);
  expect(probedAt(1_000 + 2 * OPTIONS.probeMs)).toBe(100);
  for (let slice = 0; slice < 10; slice++) {
    const atMs = 1_000 + OPTIONS.probeMs * (1 + slice / 10);
    const asked = probedAt(atMs + OPTIONS.probeMs / 10) - probedAt(atMs);
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(15);
  }
});
