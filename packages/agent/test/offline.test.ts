import { ensureAgentBundle } from '@fairway/agent';
import type { LedgerReport, Resource, Transition } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS } from './application.ts';
import { startCallers, startCallers2, startLeaver } from './leaving.ts';

const policy = (lossless: object): Resource => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Policy',
  metadata: { name: 'leave', namespace: 'shop' },
  spec: { services: '*', lossless } as never,
});

/** How a process ends without the agent, by how its application asks for that. */
const ENDS = [
  { end: 'none', code: null, signal: 'SIGTERM', lines: [] },
  { end: 'exit', code: 7, signal: null, lines: ['exit ["SIGTERM",15]'] },
  { end: 'close', code: 0, signal: null, lines: ['closed undefined'] },
  { end: 'several', code: 3, signal: null, lines: ['first', 'once 2', 'last true'] },
  { end: 'removed', code: null, signal: 'SIGTERM', lines: [] },
] as const;

let plane: FakeControlPlane;
beforeAll(async () => {
  await ensureAgentBundle();
  plane = await startFakeControlPlane('shop', () => null);
  plane.setDrainStatus({ callers: 1, acknowledged: 1 });
  plane.setResources([policy({ offline: { quiet: '200ms', streams: '300ms', maxWait: '8s' } })]);
});
afterAll(() => plane?.close());

const stateOf = (instance: string) => plane.registered.get(instance)?.state;
const transitionsOf = (instance: string): Transition[] =>
  plane.posts.flatMap(({ path, body }) =>
    path === 'ledger' && body['instance'] === instance ? (body as unknown as LedgerReport).transitions : [],
  );

/** Two instances that run, and how to choose one that is ready. */
async function startPair(node: string, name: string, more: Record<string, string>) {
  const ids = [`${name}-1`, `${name}-2`];
  const pair = await Promise.all(
    ids.map((id) => startLeaver(node, agentEnvironment(plane, { FAIRWAY_INSTANCE: id, ...more }))),
  );
  await plane.until('both are ready', () => ids.every((id) => stateOf(id) === 'ready'));
  let turn = 0;
  const pick = () => {
    const ready = pair.filter((_, i) => stateOf(ids[i] as string) === 'ready');
    return ready[turn++ % ready.length]?.port ?? 0;
  };
  return { first: pair[0] as (typeof pair)[number], id: ids[0] as string, pick };
}

describe.each(NODE_VERSIONS)('an instance that is told to end, on Node.js $version', ({ version, node }) => {
  it.each(ENDS)('loses nothing, and ends as without the agent: $end', async ({ end, code, signal, lines }) => {
    const alone = await startLeaver(node, { END: end });
    alone.child.kill('SIGTERM');
    expect(await alone.ended).toEqual({ code, signal, lines, stderr: '' });

    const { first, id, pick } = await startPair(node, `${end}-${version}`, { END: end });
    const callers = startCallers(4, pick);
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual({ code, signal, lines, stderr: '' });
    const { answered, lost } = await callers.stop();
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(transitionsOf(id)).toMatchObject([
      { what: 'ready' },
      { what: 'draining', cause: 'sigterm' },
      { what: 'quiet', cause: 'sigterm', failed: 0, cutOff: 0, callers: 1, acknowledged: 1 },
    ]);
    expect(stateOf(id)).toBe('gone');
  });

  it('loses nothing over HTTP/2', async () => {
    const { first, pick } = await startPair(node, `h2-${version}`, { PROTOCOL: 'http2' });
    const callers = startCallers2(4, pick);
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    const { answered, lost } = await callers.stop();
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});
