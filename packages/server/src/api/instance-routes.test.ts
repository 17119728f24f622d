import { expect, it } from 'vitest';
import { serve, type Testbed } from '../testbed.ts';

const policy = (warmup: object) => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Policy',
  metadata: { name: 'order', namespace: 'shop' },
  spec: { services: ['order'], warmup },
});
const warmupOf = async (bed: Testbed) => (await bed.call('GET', '/api/v1/instances')).body.items[0].warmup;

it('tells where an instance stands on its way to its whole weight, by the policy of its service', async () => {
  const bed = await serve();
  const agent = await bed.streamingAgent('order-1', { service: 'shop/order', state: 'starting' });
  expect(await warmupOf(bed)).toBe(null);
  await agent.state('ready');
  expect(await warmupOf(bed)).toEqual({ durationMs: 60_000, curve: 2, floor: 0.1, share: 0.1 });
  await bed.apply(policy({ duration: '10m', curve: 1, floor: 25 }));
  expect(await warmupOf(bed)).toEqual({ durationMs: 600_000, curve: 1, floor: 0.25, share: 0.25 });
  await bed.apply(policy({ enabled: false }));
  expect(await warmupOf(bed)).toBe(null);
});
