import { compileRules, eligible, TrafficMeter } from '@fairway/core';
import type { Instance, Resource } from '@fairway/model';
import { expect, it } from 'vitest';
import { nowMs } from '../clock.ts';
import { CallLedger } from './call-ledger.ts';
import { Callee } from './callee.ts';
import { Route } from './route.ts';

const instance = (id: string): Instance => ({
  id,
  service: 'shop/order',
  host: `${id}.test`,
  ports: [80],
  state: 'ready',
  suspect: true,
});

/** A call to one of three instances that are all suspect, so that all of it is counted. */
function begun(policy: object = {}, method = 'GET') {
  const metadata = { name: 'p', namespace: 'shop' };
  const spec = { services: '*', ...policy };
  const resource = { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec } as Resource;
  const rules = compileRules('shop', [resource]);
  const ledger = new CallLedger(nowMs);
  const meter = new TrafficMeter();
  const dice = () => 0;
  const instances = ['a', 'b', 'c'].map(instance);
  const callee = new Callee('shop/order', { dice, ledger, meter }, { rules, instances }, nowMs());
  const request = { method, url: '/', header: () => undefined };
  const set = eligible(rules, callee.table(nowMs()), 80, { lane: '', request }, dice);
  const [first] = instances;
  if (!set || !first) throw new Error('nobody may take it');
  const given = { callee, set, first, port: 80, request, dice, atMs: nowMs(), limitMs: undefined, watch: undefined };
  const counts = () =>
    Object.fromEntries(
      ledger.take().counts.map(({ instance: id, requests, failed, saved }) => [id, { requests, failed, saved }]),
    );
  return { route: new Route(given), counts, callee, edges: () => meter.take().edges };
}

const once = { requests: 1, failed: {}, saved: 0 };

it('an attempt that another made good is saved, and one that none made good is not', () => {
  const good = begun();
  expect(good.route.next()).toEqual({ host: 'b.test', port: 80 });
  good.route.answered(200, false);
  good.route.ended();
  expect(good.counts()).toEqual({ a: { ...once, saved: 1 }, b: once });

  const bad = begun();
  expect([bad.route.next(), bad.route.next(), bad.route.next()]).toEqual([
    { host: 'b.test', port: 80 },
    { host: 'c.test', port: 80 },
    undefined,
  ]);
  bad.route.failed('refused');
  expect(bad.counts()).toEqual({ a: once, b: once, c: { ...once, failed: { refused: 1 } } });
});

it('a status that counts as a failure is one that the application saw; only the first end counts', () => {
  const { route, counts } = begun();
  route.answered(503, false);
  route.ended();
  route.failed('reset');
  route.abandoned();
  expect(counts()).toEqual({ a: { ...once, failed: { 'status:503': 1 } } });
});

it('a call that the application gave up at once is no failure', () => {
  const { route, counts } = begun();
  route.abandoned();
  expect(counts()).toEqual({ a: once });
});

it('a kept connection that was closed is made good once, where the policy lets it', () => {
  const { route } = begun();
  expect([route.afresh()?.host, route.afresh()]).toEqual(['b.test', undefined]);
  expect(begun({}, 'POST').route.afresh()).toBeUndefined();
  expect(begun({ retry: { stale: false } }).route.afresh()).toBeUndefined();
});

it('a policy asks for as many attempts as it says, by method and status, within the budget', () => {
  const retry = { attempts: 2, backoff: '10ms' };
  const { route } = begun({ retry });
  expect([route.again(500), route.again(503), route.again(), route.again(503)]).toEqual([undefined, 0, 0, undefined]);
  expect(begun({ retry }, 'POST').route.again(503)).toBeUndefined();
  expect(begun({ retry: { ...retry, budget: { percent: 0, floor: 0 } } }).route.again(503)).toBeUndefined();
  expect(begun().route.again(503)).toBeUndefined();
});

it('a call is measured once, where it ended, and the attempts that others replaced where those were', () => {
  const { route, edges } = begun();
  route.next();
  route.answered(503, false);
  route.ended();
  route.failed('reset');
  const told = edges().map(({ instance, outcomes, retried, lane, reason }) => [
    instance,
    outcomes,
    retried,
    lane,
    reason,
  ]);
  expect(told.sort()).toEqual([
    ['a', {}, 1, '', 'base'],
    ['b', { '5xx': 1 }, 0, '', 'base'],
  ]);
  expect(edges()).toEqual([]);
  for (const [end, outcome] of [
    [(one: Route) => one.failed('refused'), 'refused'],
    [(one: Route) => one.abandoned(), 'abandoned'],
    [(one: Route) => one.ended(), 'abandoned'],
  ] as const) {
    const other = begun();
    end(other.route);
    expect(other.edges()).toMatchObject([{ outcomes: { [outcome]: 1 } }]);
  }
});
