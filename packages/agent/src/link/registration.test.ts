import { check } from '@fairway/model';
import { expect, it } from 'vitest';
import { type Options, readOptions } from '../option.ts';
import { identify, nameFrom, registrationOf } from './registration.ts';

it.each([
  ['order', 'order'],
  ['@shop/Order_API', 'order_api'],
  ['/app/server.mjs', 'server'],
  ['-.~', 'node'],
  ['', 'node'],
])('%j is service %j', (text, name) => {
  expect(nameFrom(text)).toBe(name);
});

it('announces what the control plane takes', () => {
  const options = readOptions({
    FAIRWAY_SERVER: 'http://plane',
    FAIRWAY_LANE: 'gray',
    FAIRWAY_LABELS: 'a=b',
  }) as Options;
  const identity = identify(options);
  const registration = registrationOf(options, identity, { host: '10.0.0.1', ports: [80], state: 'ready' });
  expect(check('Registration', registration)).toEqual([]);
  expect(registration.instance).toMatchObject({
    lane: 'gray',
    labels: { a: 'b' },
    service: `default/${identity.service}`,
  });
});
