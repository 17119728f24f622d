import type { Topology, WorldInstance } from '@fairway/model';
import { expect, it } from 'vitest';
import { newLane } from './lane-draft.ts';
import { previewOf } from './lane-preview.ts';

const instance = (id: string, service: string, lane = ''): WorldInstance =>
  ({ id, service, lane, host: '10.0.0.1', ports: [80], state: 'ready' }) as WorldInstance;

it('a preview tells who is in the lane, who is not, and what would enter', () => {
  const lane = {
    ...newLane('shop'),
    metadata: { name: 'gray', namespace: 'shop' },
    spec: { entry: [{ services: ['web'], percent: 10 }] },
  };
  const instances = [instance('w', 'shop/web'), instance('o', 'shop/order', 'gray'), instance('x', 'other/x')];
  const topology = { nodes: [{ service: 'shop/web', lane: '', rate: 200 }] } as unknown as Topology;
  const preview = previewOf(lane, instances, topology);
  expect(preview.instances.map(({ id }) => id)).toEqual(['o']);
  expect(preview.without).toEqual(['shop/web']);
  expect(preview.entering).toEqual({ rate: 20, of: 200 });
});
