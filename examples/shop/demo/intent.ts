import type { ServiceName } from './service-program.ts';

/** What is asked of the shop: three pages over HTTP, one line over TCP. */
export type Page = 'checkout' | 'home' | 'export' | 'line';

/** One request as a client means it. */
export interface Intent {
  readonly id: string;
  readonly page: Page;
  /** Header x-env: the environment that it names. */
  readonly env?: 'dev-1' | 'dev-2';
  /** Header x-tier. */
  readonly tier?: 'canary';
  /** A lane label that somebody outside sends, to no effect. */
  readonly forged?: 'gray' | 'dev-1';
}

/** One service that a request passed, as that service says it. */
export interface Hop {
  readonly service: string;
  readonly release: string;
  /** The request as that service saw it. */
  readonly id: string;
}

/** The hops that a page's answer tells of, and the call paths through them as indexes. */
export interface Shape {
  readonly services: readonly ServiceName[];
  readonly paths: readonly (readonly number[])[];
}

export const SHAPES: Readonly<Record<Page, Shape>> = {
  checkout: { services: ['storefront', 'order', 'payment', 'warehouse', 'datacenter'], paths: [[0, 1, 2, 3, 4]] },
  home: {
    services: ['storefront', 'order', 'warehouse', 'datacenter', 'warehouse', 'datacenter'],
    paths: [
      [0, 1, 2, 3],
      [0, 4, 5],
    ],
  },
  export: { services: ['storefront', 'order', 'warehouse', 'datacenter'], paths: [[0, 1, 2, 3]] },
  line: { services: ['device', 'order', 'payment', 'warehouse', 'datacenter'], paths: [[0, 1, 2, 3, 4]] },
};
