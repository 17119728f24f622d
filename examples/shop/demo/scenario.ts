import type { Intent, Page } from './intent.ts';

/** One kind of traffic, and the part of the plain requests in it that should become gray. */
export interface Scenario {
  readonly key: string;
  readonly title: string;
  /** The n-th request, from 0. */
  intent(n: number): Intent;
  /** As a fraction of 1; null: it changes during the run. */
  readonly share: number | null;
}

/** The percentage in resources/lane-gray.yaml. */
const GRAY = 0.1;

const PAGES: readonly Page[] = [
  'checkout',
  'home',
  'checkout',
  'checkout',
  'export',
  'checkout',
  'checkout',
  'checkout',
];

function pageOf(n: number): Page {
  return PAGES[n % PAGES.length] as Page;
}

/** Plain traffic; now and then somebody outside sends a lane label, which must do nothing. */
function plain(key: string, n: number): Intent {
  const intent: Intent = { id: `${key}-${n}`, page: pageOf(n) };
  if (n % 50 === 7) return { ...intent, forged: 'gray' };
  if (n % 50 === 8) return { ...intent, forged: 'dev-1' };
  return intent;
}

function line(key: string, n: number): Intent {
  return { id: `${key}-${n}`, page: 'line' };
}

/** Of five requests two go to each environment and one is plain. */
function environments(key: string, n: number): Intent {
  const intent: Intent = { id: `${key}-${n}`, page: pageOf(n) };
  if (n % 5 === 4) return intent;
  return { ...intent, env: n % 5 < 2 ? 'dev-1' : 'dev-2' };
}

/** Every other request carries the header of the route. */
function tiers(key: string, n: number): Intent {
  const intent: Intent = { id: `${key}-${n}`, page: pageOf(n >> 1) };
  return n % 2 === 0 ? intent : { ...intent, tier: 'canary' };
}

function scenario(
  key: string,
  title: string,
  share: number | null,
  next: (key: string, n: number) => Intent,
): Scenario {
  return { key, title, share, intent: (n) => next(key, n) };
}

export const HTTP_ENTRY = scenario('http', '1 dyeing, HTTP entry', GRAY, plain);
export const TCP_ENTRY = scenario('tcp', '1 dyeing, TCP entry', GRAY, line);
export const ENVIRONMENTS = scenario('env', '2 environments by header', GRAY, environments);
export const ROUTES = scenario('route', '3 route by header', GRAY, tiers);
export const OUTAGE = scenario('outage', '1, control plane killed', GRAY, plain);
export const CHANGES = scenario('change', '1, lane changed 20 times', null, (key, n) =>
  n % 4 === 3 ? line(key, n) : plain(key, n),
);
