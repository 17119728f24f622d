import { API_VERSION, DEFAULT_NAMESPACE, type Release } from '@fairway/model';

/** A release to begin with: valid where its lane, services and entry are. */
export function newRelease(namespace: string = DEFAULT_NAMESPACE): Release {
  return {
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: { name: 'prices-2', namespace },
    spec: {
      lane: 'gray',
      services: ['storefront', 'order'],
      entry: { services: ['edge'] },
      steps: [
        { percent: 5 },
        { check: { for: '5m' } },
        { pause: { approval: true } },
        { percent: 50 },
        { check: { for: '10m' } },
      ],
      limits: { errorShare: 0.1 },
    },
  };
}
