import type { Resource } from '@fairway/model';

/** Kinds that are edited by a form of what people change most, and as text. Lanes have a page of their own, namespaces a switch. */
export const RULE_KINDS = ['Route', 'Policy', 'Gateway', 'Service'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

const SPECS: { readonly [K in RuleKind]: object } = {
  Route: { service: 'order', rules: [{ match: { header: 'x-tier', exact: 'canary' }, to: [{ lane: 'gray' }] }] },
  Policy: { services: ['order'], timeout: { request: '2s' }, retry: { attempts: 1 } },
  Gateway: {
    type: 'nginx',
    entries: [{ name: 'web', protocol: 'http', listen: '127.0.0.1:8000', service: 'web', port: 8080 }],
  },
  Service: { hosts: ['order.example'] },
};

/** A resource to begin with: valid once it has a name. */
export function templateOf(kind: RuleKind, namespace: string): Resource {
  return { apiVersion: 'fairway.dev/v1', kind, metadata: { name: '', namespace }, spec: SPECS[kind] } as Resource;
}
