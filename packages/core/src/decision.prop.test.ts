import type { Instance } from '@fairway/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dices, instances, requests, resources, SERVICES } from './arbitrary.ts';
import {
  compileRules,
  compileService,
  eligible,
  inboundLane,
  orderedEntries,
  type PlacedEntry,
  ServiceTraffic,
} from './index.ts';
import { stickyPosition } from './percent.ts';
import type { Dice } from './request-view.ts';
import { isLaneDisabled, type Rules } from './rules.ts';

/** What a caller that has not called anybody yet knows of a service. */
function trafficOf(rules: Rules, key: string, list: readonly Instance[], dice: Dice) {
  return new ServiceTraffic(key, { dice }, { rules, instances: list }, 0);
}

const service = fc.constantFrom(...SERVICES).map((name) => `shop/${name}`);

describe('where a call may go', () => {
  it('base never reaches a lane, whatever the world, unless a route sends it there', () => {
    fc.assert(
      fc.property(resources(false), instances, service, requests, dices, (rs, is, key, request, dice) => {
        const rules = compileRules('shop', rs);
        const chosen = eligible(rules, compileService(rules, key, is), 8080, { lane: '', request }, dice);
        for (const instance of chosen?.instances ?? []) expect(instance.lane).toBe('');
      }),
    );
  });

  it('a lane reaches only its own instances and those of its fallback chain', () => {
    fc.assert(
      fc.property(resources(false), instances, service, requests, dices, (rs, is, key, request, dice) => {
        const rules = compileRules('shop', rs);
        const chosen = eligible(rules, compileService(rules, key, is), 8080, { lane: 'gray', request }, dice);
        const chain = rules.lanes.get('gray')?.fallback ?? [''];
        const allowed = isLaneDisabled(rules, 'gray') ? [''] : ['gray', ...chain];
        for (const { lane = '' } of chosen?.instances ?? []) expect(allowed).toContain(lane);
      }),
    );
  });

  it('only ready instances of enabled lanes are candidates, and a pick is always one of the eligible', () => {
    fc.assert(
      fc.property(resources(true), instances, service, requests, dices, (rs, is, key, request, dice) => {
        const rules = compileRules('shop', rs);
        const traffic = trafficOf(rules, key, is, dice);
        const chosen = eligible(rules, traffic.table(0), 8080, { lane: 'blue', request }, dice);
        if (!chosen) return;
        for (const instance of chosen.instances) {
          expect(instance.state).toBe('ready');
          expect(isLaneDisabled(rules, instance.lane ?? '')).toBe(false);
        }
        const picked = traffic.pick(chosen.pool, request, 0);
        if (chosen.instances.length === 0) expect(picked).toBeUndefined();
        else expect(chosen.instances).toContain(picked);
      }),
    );
  });

  it('a pick goes round what was tried in vain until nothing is left', () => {
    fc.assert(
      fc.property(instances, service, requests, dices, (is, key, request, dice) => {
        const rules = compileRules('shop', []);
        const traffic = trafficOf(rules, key, is, dice);
        const chosen = eligible(rules, traffic.table(0), 8080, { lane: '', request }, dice);
        if (!chosen) return;
        const tried = new Set<string>();
        for (let i = 0; i < chosen.instances.length; i++) {
          const id = traffic.pick(chosen.pool, request, 0, tried)?.id;
          expect(id !== undefined && !tried.has(id)).toBe(true);
          tried.add(id as string);
        }
        expect(traffic.pick(chosen.pool, request, 0, tried)).toBeUndefined();
      }),
    );
  });
});

describe('equal worlds', () => {
  it('decide equally, whatever the order of their lists', () => {
    fc.assert(
      fc.property(
        resources(true).chain((rs) => fc.tuple(fc.constant(rs), fc.shuffledSubarray(rs, { minLength: rs.length }))),
        instances.chain((is) => fc.tuple(fc.constant(is), fc.shuffledSubarray(is, { minLength: is.length }))),
        service,
        requests,
        dices,
        ([rs, shuffledRs], [is, shuffledIs], key, request, dice) => {
          const decide = (resourceList: typeof rs, instanceList: typeof is) => {
            const rules = compileRules('shop', resourceList);
            const inbound = inboundLane(rules, { service: key, lane: '' }, request, dice);
            const traffic = trafficOf(rules, key, instanceList, dice);
            const chosen = eligible(rules, traffic.table(0), 8080, { lane: inbound.lane, request }, dice);
            return {
              inbound,
              reason: chosen?.reason,
              ids: chosen?.instances.map(({ id }) => id),
              pick: chosen && traffic.pick(chosen.pool, request, 0)?.id,
            };
          };
          expect(decide(shuffledRs, shuffledIs)).toEqual(decide(rs, is));
        },
      ),
    );
  });

  it('compile to the same decisions however often they are compiled', () => {
    fc.assert(
      fc.property(resources(true), requests, dices, (rs, request, dice) => {
        const first = compileRules('shop', rs);
        const again = compileRules('shop', [...rs]);
        const self = { service: 'shop/web', lane: '' };
        expect(inboundLane(again, self, request, dice)).toEqual(inboundLane(first, self, request, dice));
      }),
    );
  });
});

describe('entry rules', () => {
  it('have one order, by priority, then conditions before mere percentages, then lane and place', () => {
    const rank = ({ rule, lane, index }: PlacedEntry) =>
      [rule.priority ?? 100, rule.match || rule.header ? 0 : 1, lane, index] as const;
    const isBefore = (a: PlacedEntry, b: PlacedEntry) => {
      const [x, y] = [rank(a), rank(b)];
      const place = x.findIndex((value, i) => value !== y[i]);
      return place >= 0 && (x[place] as number | string) < (y[place] as number | string);
    };
    fc.assert(
      fc.property(
        resources(false).chain((rs) => fc.shuffledSubarray(rs, { minLength: rs.length })),
        (rs) => {
          const order = orderedEntries('shop', rs);
          for (const [i, entry] of order.entries())
            for (const later of order.slice(i + 1)) expect(isBefore(entry, later)).toBe(true);
        },
      ),
    );
  });
});

describe('a percentage', () => {
  it('keeps all who were in when it is raised', () => {
    const points = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(fc.string(), fc.string(), points, points, (salt, key, a, b) => {
        const isIn = stickyPosition(salt, key);
        if (isIn(Math.min(a, b))) expect(isIn(Math.max(a, b))).toBe(true);
        expect(isIn(0)).toBe(false);
        expect(isIn(10_000)).toBe(true);
      }),
    );
  });

  it.each([0.5, 10, 33.33, 90])('takes its share of many keys: %d %%', (percent) => {
    const count = 100_000;
    let hits = 0;
    for (let i = 0; i < count; i++) if (stickyPosition('gray/0', `user-${i}`)(Math.round(percent * 100))) hits++;
    const share = percent / 100;
    const fiveSigma = 5 * Math.sqrt((share * (1 - share)) / count);
    expect(Math.abs(hits / count - share)).toBeLessThan(fiveSigma);
  });
});
