import { expect, test } from 'vitest';
import { type Hop, type Intent, SHAPES } from './intent.ts';
import { judge } from './judge.ts';

const checkout: Intent = { id: 'r', page: 'checkout' };

function trail(intent: Intent, releases: string): Hop[] {
  const { services } = SHAPES[intent.page];
  return releases.split(' ').map((release, at) => ({ service: services[at] as string, release, id: intent.id }));
}

const lawful: [string, Intent, string][] = [
  ['base stays in base', checkout, 'base base base base base'],
  ['gray returns after payment', checkout, 'gray gray base gray base'],
  ['a device is dyed', { ...checkout, page: 'line' }, 'gray gray base gray base'],
  ['both branches of a fan-out', { ...checkout, page: 'home' }, 'gray gray gray base gray base'],
  ['dev-1 is closed', { ...checkout, env: 'dev-1' }, 'dev-1 dev-1 dev-1 dev-1 dev-1'],
  ['dev-2 starts in base', { ...checkout, env: 'dev-2' }, 'base dev-2 base dev-2 base'],
  ['a route takes one hop', { ...checkout, tier: 'canary' }, 'base base base gray base'],
];

test.each(lawful)('lawful: %s', (_name, intent, releases) => {
  expect(judge(intent, trail(intent, releases)).violations).toEqual([]);
});

const unlawful: [string, Intent, string][] = [
  ['base leaks into gray', checkout, 'base base base gray base'],
  ['gray does not return', checkout, 'gray gray base base base'],
  ['gray passes base where gray exists', checkout, 'gray base base gray base'],
  ['gray in another lane', checkout, 'gray dev-2 base gray base'],
  ['plain traffic in an environment', checkout, 'dev-1 dev-1 dev-1 dev-1 dev-1'],
  ['dev-1 leaves', { ...checkout, env: 'dev-1' }, 'dev-1 dev-1 base dev-1 dev-1'],
  ['dev-2 in dev-1', { ...checkout, env: 'dev-2' }, 'base dev-2 dev-1 dev-2 base'],
  ['a route is passed over', { ...checkout, tier: 'canary' }, 'base base base base base'],
  ['one branch of a fan-out leaks', { ...checkout, page: 'home' }, 'base base base base gray base'],
  ['a hop is missing', checkout, 'base base base base'],
];

test.each(unlawful)('unlawful: %s', (_name, intent, releases) => {
  expect(judge(intent, trail(intent, releases)).violations).not.toEqual([]);
});

test('an answer that belongs to another request is a violation', () => {
  const mixed = trail(checkout, 'base base base base base').map((hop, at) =>
    at === 3 ? { ...hop, id: 'other' } : hop,
  );
  expect(judge(checkout, mixed).violations).toEqual(['r: warehouse answered for other']);
});

test('while the canary is switched a request may leave it, but neither return nor enter it late', () => {
  const switching = (releases: string) => judge(checkout, trail(checkout, releases), { switching: true });
  expect(switching('gray gray base base base')).toMatchObject({ rolledBack: true, violations: [] });
  expect(switching('gray base base gray base').violations).toHaveLength(1);
  expect(switching('base base base gray base').violations).toHaveLength(1);
});

test('a fallback is counted where the lane has no copy', () => {
  expect(judge(checkout, trail(checkout, 'gray gray base gray base')).fellBack).toEqual(['payment', 'datacenter']);
});

test('a route to the canary holds as long as the canary is on', () => {
  const tier: Intent = { ...checkout, tier: 'canary' };
  const hops = trail(tier, 'base base base base base');
  expect(judge(tier, hops, { canaryOff: true }).violations).toEqual([]);
  expect(judge(tier, hops, { switching: true }).violations).toEqual([]);
  expect(judge(tier, hops).violations).toHaveLength(1);
});
