import { API_VERSION, type Gateway, type Topology, type WorldInstance } from '@fairway/model';
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
  const topology = { nodes: [{ service: 'shop/web', lane: '', rate: 200 }], edges: [] } as unknown as Topology;
  const preview = previewOf(lane, instances, topology, []);
  expect(preview.instances.map(({ id }) => id)).toEqual(['o']);
  expect(preview.without).toEqual(['shop/web']);
  expect(preview.entering).toEqual({ rate: 20, of: 200 });
});

it('of what comes by a gateway it tells what comes from outside to the services behind it', () => {
  const lane = { ...newLane('shop'), spec: { entry: [{ services: ['edge', 'field'], percent: 10 }] } };
  const gateway = (name: string, protocol: 'http' | 'tcp', service: string): Gateway => ({
    apiVersion: API_VERSION,
    kind: 'Gateway',
    metadata: { name, namespace: 'shop' },
    spec: { type: 'nginx', entries: [{ name: 'one', protocol, listen: '80', service }] },
  });
  const gateways = [
    gateway('edge', 'http', 'web'),
    gateway('field', 'tcp', 'device'),
    gateway('other', 'http', 'order'),
  ];
  const topology = {
    nodes: [
      { service: 'shop/web', lane: '', rate: 200 },
      { service: 'shop/web', lane: 'blue', rate: 20 },
      { service: 'shop/order', lane: '', rate: 500 },
      { service: 'shop/device', lane: '', rate: 50 },
    ],
    edges: [{ from: 'shop/order', to: 'shop/web', rate: 70 }],
  } as unknown as Topology;
  expect(previewOf(lane, [], topology, gateways).entering).toEqual({ rate: 15, of: 150 });
  expect(previewOf(lane, [], topology, []).entering).toBeNull();
});
