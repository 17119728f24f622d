import { compileRules, hostPort, TrafficMeter } from '@fairway/core';
import type { Instance, Resource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { CallLedger } from './call-ledger.ts';
import { Callee } from './callee.ts';
import type { Context } from './inbound.ts';
import { contextOf } from './inbound.ts';
import { decideCall } from './outbound.ts';
import type { Plan } from './plan.ts';

const dice = () => 0;
const instance = (id: string, lane: string, more: Partial<Instance> = {}): Instance => ({
  id,
  service: 'shop/order',
  lane,
  host: `${id}.test`,
  ports: [8080],
  state: 'ready',
  ...more,
});
const spaced = (kind: string, name: string, spec: object) =>
  ({
    apiVersion: 'fairway.dev/v1',
    kind,
    metadata: kind === 'Namespace' ? { name } : { name, namespace: 'shop' },
    spec,
  }) as Resource;

function planOf(instances: readonly Instance[], resources: readonly Resource[] = [], lane = ''): Plan {
  const rules = compileRules('shop', resources);
  return {
    self: { service: 'shop/web', lane },
    rules,
    ambientLane: lane,
    callees: new Map([
      [
        'shop/order',
        new Callee(
          'shop/order',
          { dice, ledger: new CallLedger(() => 0), meter: new TrafficMeter() },
          { rules, instances },
          0,
        ),
      ],
    ]),
  };
}

const view = (headers: Record<string, string> = {}) => ({
  method: 'GET',
  url: '/',
  header: (name: string) => headers[name],
});
const services: Record<string, string | null> = {
  'order:8080': 'shop/order',
  'order:80': 'shop/order',
  'b.test:8080': 'shop/order',
  'api.example.com:443': null,
  'db.internal:80': null,
};

function decide(plan: Plan | undefined, host: string, port: number, context?: Context, headers = {}) {
  const address = hostPort(host.toLowerCase(), port);
  return decideCall(plan, address, services[address], { host, port, request: view(headers) }, context, dice);
}

const gray: Context = { lane: 'gray', request: undefined };
const three = [instance('b', ''), instance('g', 'gray'), instance('h', 'gray')];

describe('a call', () => {
  it('to an address that is not known yet may be asked for, also before there is a plan', () => {
    expect(decide(undefined, 'New', 80)).toEqual({ kind: 'unknown', address: 'new:80' });
    expect(decide(planOf(three), '::1', 80)).toEqual({ kind: 'unknown', address: '[::1]:80' });
    expect(decide(undefined, 'order', 8080)).toEqual({ kind: 'leave', reason: 'no-plan' });
  });

  it('is left where the namespace is off, and where nobody serves the port', () => {
    const off = planOf(three, [spaced('Namespace', 'shop', { enabled: false })]);
    for (const host of ['order', 'new', 'api.example.com'])
      expect(decide(off, host, 8080, gray)).toEqual({ kind: 'leave', reason: 'off' });
    expect(decide(planOf(three), 'order', 80)).toEqual({ kind: 'leave', reason: 'no-port' });
  });

  it('is labelled to internal hosts, and not to others', () => {
    const plan = planOf(three, [spaced('Namespace', 'shop', { internalHosts: ['*.internal'] })]);
    expect(decide(plan, 'api.example.com', 443, gray)).toEqual({ kind: 'leave', reason: 'unknown-host' });
    expect(decide(plan, 'db.internal', 80, gray)).toMatchObject({
      kind: 'label',
      headers: [
        ['x-fairway-lane', 'gray'],
        ['baggage', 'fairway.lane=gray'],
      ],
    });
    expect(decide(plan, 'db.internal', 80)).toEqual({ kind: 'leave', reason: 'unknown-host' });
  });

  it('goes to its lane, to the mapped port, and from there to others until none is left', () => {
    const plan = planOf(three, [spaced('Service', 'order', { ports: { '80': 8080 } })]);
    const verdict = decide(plan, 'order', 80, gray);
    if (verdict.kind !== 'send') throw new Error(verdict.kind);
    const { route } = verdict;
    expect([route.target, route.next(), route.next()]).toEqual([
      { host: 'g.test', port: 8080 },
      { host: 'h.test', port: 8080 },
      undefined,
    ]);
  });

  it('tries no other instance where a policy says so', () => {
    const verdict = decide(
      planOf(three, [spaced('Policy', 'p', { services: '*', failover: { attempts: 0 } })]),
      'order',
      8080,
      gray,
    );
    expect(verdict.kind === 'send' && verdict.route.next()).toBeUndefined();
  });

  it('keeps the instance that was dialled, unless it is suspect and another is not', () => {
    const at = (list: Instance[]) => {
      const verdict = decide(planOf(list), 'b.test', 8080);
      return verdict.kind === 'send' && verdict.route.target.host;
    };
    expect(at([instance('a', ''), instance('b', '')])).toBe('b.test');
    expect(at([instance('a', ''), instance('b', '', { suspect: true })])).toBe('a.test');
    expect(at([instance('a', '', { suspect: true }), instance('b', '', { suspect: true })])).toBe('b.test');
  });

  it('is refused with the service, the lane and why', () => {
    const verdict = decide(planOf([instance('g', 'gray')]), 'order', 8080);
    expect(verdict).toMatchObject({
      kind: 'refuse',
      error: { code: 'FAIRWAY_NO_INSTANCE', message: expect.stringMatching(/shop\/order.*base/) },
    });
  });

  it('without a request has the lane of the instance', () => {
    expect(decide(planOf(three, [], 'gray'), 'order', 8080)).toMatchObject({
      kind: 'send',
      route: { target: { host: 'g.test' } },
    });
  });
});

describe('the context of a request', () => {
  const rules = [spaced('Route', 'r', { service: 'order', propagate: ['x-user'], rules: [{ to: [{}] }] })];
  it.each([
    ['base, nothing to pass on', planOf([], rules), {}, undefined],
    ['base, with a header to pass on', planOf([], rules), { 'x-user': '1' }, { lane: '', request: expect.anything() }],
    ['carried', planOf([], rules), { 'x-fairway-lane': 'blue' }, { lane: 'blue', request: undefined }],
    ['base, in an instance with a lane: as what no request started', planOf([], rules, 'gray'), {}, undefined],
    ['carried, the lane of the instance', planOf([], rules, 'gray'), { 'x-fairway-lane': 'gray' }, undefined],
    [
      'carried, another lane than that of the instance',
      planOf([], rules, 'gray'),
      { 'x-fairway-lane': 'blue' },
      { lane: 'blue', request: undefined },
    ],
    [
      'the lane of the instance, with a header to pass on',
      planOf([], rules, 'gray'),
      { 'x-user': '1' },
      { lane: 'gray', request: expect.anything() },
    ],
  ])('%s', (_, plan, headers, expected) => {
    expect(contextOf(plan, view(headers), dice)).toEqual(expected);
  });

  it('counts a label that is dropped, at an edge or malformed, and no other', () => {
    const edge = planOf([], [spaced('Service', 'web', { edge: true })]);
    const dropsOf = (plan: Plan, headers: Record<string, string>) => {
      let drops = 0;
      const dropped = () => {
        drops++;
      };
      const events = { dropped, decided() {}, follow: () => null, sample: () => undefined };
      contextOf(plan, view(headers), dice, events);
      return drops;
    };
    const open = planOf([]);
    expect(dropsOf(edge, { 'x-fairway-lane': 'gray' })).toBe(1);
    expect(dropsOf(open, { 'x-fairway-lane': 'NOT A LABEL' })).toBe(1);
    expect(dropsOf(open, { 'x-fairway-lane': 'gray' })).toBe(0);
    expect(dropsOf(open, {})).toBe(0);
  });

  it('is decided at its first call where it came before there was a plan', () => {
    const context: Context = { lane: undefined, request: view({ 'x-fairway-lane': 'gray' }) };
    expect(decide(planOf(three), 'order', 8080, context)).toMatchObject({
      kind: 'send',
      route: { target: { host: 'g.test' } },
    });
    expect(context).toEqual({ lane: 'gray', request: undefined });
  });

  it('is the lane of the instance where that is decided at its first call', () => {
    const context: Context = { lane: undefined, request: view() };
    expect(decide(planOf(three, [], 'gray'), 'order', 8080, context)).toMatchObject({
      kind: 'send',
      route: { target: { host: 'g.test' } },
    });
    expect(context).toEqual({ lane: 'gray', request: undefined });
  });
});
