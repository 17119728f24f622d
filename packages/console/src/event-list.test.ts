import type { AuditEntry } from '@fairway/client';
import type { Rollout } from '@fairway/model';
import { expect, it } from 'vitest';
import { eventsOf, eventsWith } from './event-list.ts';

const transition = (what: string, second: number, more = {}) => ({
  what,
  at: `2026-01-01T00:00:0${second}.000Z`,
  by: null,
  ...more,
});
const rollout = {
  service: 'shop/order',
  instances: [
    { instance: 'order-1', transitions: [transition('starting', 1), transition('ready', 3)] },
    { instance: 'order-2', transitions: [transition('ejected', 4, { by: 'web-1', cause: 'failure-rate' })] },
  ],
} as unknown as Rollout;
const change = (id: number, second: number, target: string): AuditEntry => ({
  id,
  at: `2026-01-01T00:00:0${second}.000Z`,
  author: 'ann',
  action: 'updated',
  target,
  revision: 7,
  reason: null,
});
const audit = [change(1, 2, 'shop/Lane/gray'), change(2, 5, 'other/Lane/blue')];

it('lists what became of instances and what people did, newest first', () => {
  expect(eventsOf([rollout], audit).map(({ what, subject }) => `${what} ${subject}`)).toEqual([
    'updated other/Lane/blue',
    'ejected order-2',
    'ready order-1',
    'updated shop/Lane/gray',
    'starting order-1',
  ]);
});

it('keeps to a namespace', () => {
  expect(eventsOf([rollout], audit, 'other').map(({ subject }) => subject)).toEqual(['other/Lane/blue']);
  expect(eventsOf([rollout], audit, 'shop')).toHaveLength(4);
});

it('finds a text in whatever part', () => {
  const events = eventsOf([rollout], audit);
  expect(eventsWith(events, ' ')).toBe(events);
  expect(eventsWith(events, 'ANN')).toHaveLength(2);
  expect(eventsWith(events, 'failure').map(({ by }) => by)).toEqual(['web-1']);
});
