import { ensureAgentBundle } from '@fairway/agent';
import type { Instance } from '@fairway/model';
import { startFakeControlPlane } from '@fairway/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, run } from './application.ts';
import { bundleFixture } from './fixture-bundle.ts';
import { VARIANTS } from './variant.ts';

/** What an application under the agent calls. */
type Situation =
  /** Addresses that are nobody's. */
  | 'strangers'
  /** Instances of a service, which may take the calls. */
  | 'base'
  /** Likewise, but it is in a lane whose instances are at another address of this machine. */
  | 'lane';

type Own = Readonly<Record<string, string>>;

/** Longest that an application may take for all cases; some tenths of that are usual. */
const LIMIT_MS = 150_000;

/** What an application saw, by case. */
interface Transcript {
  readonly cases: ReadonlyMap<string, unknown>;
  /** Addresses that its servers were reached by. */
  readonly reached: ReadonlySet<string>;
  /** Labels that its servers were sent. */
  readonly labels: number;
}

const LABEL = /^(?:x-fairway-lane: gray|baggage: fairway\.lane=gray)$/i;
const LABEL_LINE = /^(?:x-fairway-lane: gray|baggage: fairway\.lane=gray)\r\n/gm;

/** Reads a transcript, without the labels: they are the one thing that may be there or not. */
function parse(stdout: string): Transcript {
  let labels = 0;
  const count = () => {
    labels++;
    return '';
  };
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) =>
      JSON.parse(line, (_, value) => {
        if (typeof value === 'string') return value.replace(LABEL_LINE, count);
        if (!Array.isArray(value)) return value;
        const kept = value.filter((one) => typeof one !== 'string' || !LABEL.test(one));
        labels += value.length - kept.length;
        return kept;
      }),
    );
  return {
    cases: new Map(lines.map(({ name, seen }) => [name, seen])),
    reached: new Set(lines.flatMap(({ reached }) => reached)),
    labels,
  };
}

/** A control plane to which each port of 127.0.0.1 is an instance, and the same port of 127.0.0.2 one in a lane. */
async function planeOf(situation: Situation) {
  const instances = new Map<string, Instance>();
  const instance = (host: string, port: string, lane: string): Instance => ({
    id: `${host}:${port}`,
    service: 'shop/self',
    lane,
    host,
    ports: [Number(port)],
    state: 'ready',
  });
  const plane = await startFakeControlPlane('shop', (address) => {
    const [host = '', port = ''] = address.split(':');
    if (situation === 'strangers' || host !== '127.0.0.1') return null;
    if (instances.has(address)) return 'shop/self';
    instances.set(address, instance(host, port, ''));
    if (situation === 'lane') instances.set(`127.0.0.2:${port}`, instance('127.0.0.2', port, 'gray'));
    plane.setInstances([...instances.values()]);
    return 'shop/self';
  });
  return plane;
}

async function alone(node: string, file: string, own: Own): Promise<Transcript> {
  const { stdout, stderr, code } = await run(node, [file], own, LIMIT_MS);
  expect([stderr, code]).toEqual(['', 0]);
  return parse(stdout);
}

async function guest(node: string, file: string, situation: Situation, more: Own): Promise<Transcript> {
  const plane = await planeOf(situation);
  // What fails in the agent is said on stderr. On a busy machine decisions may take longer than their budget.
  const own = {
    FAIRWAY_LANE: situation === 'lane' ? 'gray' : '',
    FAIRWAY_LOG: 'error',
    FAIRWAY_BUDGET_US: '0',
    ...more,
  };
  const environment = agentEnvironment(plane, own);
  const { stdout, stderr, code } = await run(node, [file], environment, LIMIT_MS);
  await plane.close();
  expect([stderr, code]).toEqual(['', 0]);
  return parse(stdout);
}

/** The one event that a lane keeps from an application: the end of a connection that is not its own, but one to an instance of the lane. */
const KEPT_FROM_IT = { cases: /^http2: the server goes away/, event: 'goaway' };

function asInLane(name: string, seen: unknown): unknown {
  if (!KEPT_FROM_IT.cases.test(name)) return seen;
  return JSON.parse(JSON.stringify(seen), (_, value) =>
    Array.isArray(value) ? value.filter((one) => one !== KEPT_FROM_IT.event) : value,
  );
}

/** Cases that were not seen alike, with what was seen; at most so many, for the sake of who reads it. */
function differences(bare: Transcript, under: Transcript, situation: Situation): unknown[] {
  const names = [...new Set([...bare.cases.keys(), ...under.cases.keys()])];
  return names.flatMap((name) => {
    const [alone, withAgent] = [bare.cases.get(name), under.cases.get(name)];
    const without = situation === 'lane' ? asInLane(name, alone) : alone;
    return JSON.stringify(without) === JSON.stringify(withAgent) ? [] : [{ name, without, withAgent }];
  });
}

describe.each(VARIANTS)('an application, %s, sees no difference', { timeout: 240_000 }, (variant) => {
  let file = 'differential/main.cjs';

  beforeAll(async () => {
    await ensureAgentBundle();
    if (variant !== 'plain') file = await bundleFixture(variant, newStateDir(), file);
  }, 240_000);

  describe.each(NODE_VERSIONS)('on Node.js $version', ({ node }) => {
    const situations: readonly Situation[] = variant === 'plain' ? ['strangers', 'base', 'lane'] : ['lane'];
    const own: Own = variant === 'plain' ? {} : { ROUNDS: 'known' };

    it(`calling ${situations.join(', ')}`, async () => {
      const [bare, ...under] = await Promise.all([
        alone(node, file, own),
        ...situations.map((situation) => guest(node, file, situation, own)),
      ]);
      expect([...bare.cases.values()]).not.toContainEqual({ late: true });
      expect(
        Object.fromEntries(situations.map((one, i) => [one, differences(bare, under[i] as Transcript, one)])),
      ).toEqual(Object.fromEntries(situations.map((one) => [one, []])));
      const lane = under.at(-1) as Transcript;
      expect(lane.labels - bare.labels).toBeGreaterThan(150);
      expect([bare.reached, lane.reached].map((reached) => reached.has('127.0.0.2'))).toEqual([false, true]);
    });
  });
});
