import { API_VERSION, check, checkResource, type Lane, type Release } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { laneOf, trafficAt } from './release-lane.ts';

const release: Release = {
  apiVersion: API_VERSION,
  kind: 'Release',
  metadata: { name: 'r1', namespace: 'shop' },
  spec: {
    lane: 'gray',
    services: ['order'],
    entry: { services: ['storefront'], stickyBy: { header: 'x-user' } },
    steps: [
      { pause: { for: '1m' } },
      { match: { header: 'x-tester', exists: true } },
      { check: {} },
      { percent: 10.5 },
    ],
  },
};

describe('the lane of a release', () => {
  it('is made where there is none, and has the traffic of the step', () => {
    expect(check('Release', release)).toEqual([]);
    const lane = laneOf(undefined, release, { enabled: true, traffic: 3 });
    expect(checkResource(lane)).toEqual([]);
    expect(lane).toEqual({
      apiVersion: API_VERSION,
      kind: 'Lane',
      metadata: { name: 'gray', namespace: 'shop' },
      spec: {
        enabled: true,
        entry: [{ id: 'release/r1', services: ['storefront'], stickyBy: { header: 'x-user' }, percent: 10.5 }],
      },
    });
  });

  it('keeps what others wrote, at every step and when it is taken back', () => {
    const own: Lane = {
      apiVersion: API_VERSION,
      kind: 'Lane',
      metadata: { name: 'gray', namespace: 'shop', annotations: { team: 'prices' } },
      spec: { fallback: ['blue', 'base'], entry: [{ services: ['storefront'], header: { name: 'x-env' } }] },
    };
    const raised = laneOf(own, release, { enabled: true, traffic: 1 });
    expect(raised.spec.entry).toEqual([
      expect.objectContaining({ match: { header: 'x-tester', exists: true } }),
      ...(own.spec.entry ?? []),
    ]);
    const higher = laneOf(raised, release, { enabled: true, traffic: 3 });
    expect(higher.spec.entry).toHaveLength(2);
    expect(laneOf(higher, release, { enabled: false, traffic: null })).toEqual({
      ...own,
      spec: { ...own.spec, enabled: false },
    });
  });

  it('has at each step the traffic that was last said', () => {
    expect([0, 1, 2, 3].map((step) => trafficAt(release, step))).toEqual([null, 1, 1, 3]);
  });
});
