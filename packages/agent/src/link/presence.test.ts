import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createListeners } from './presence.ts';

const at = (address: string, port: number): AddressInfo => ({ address, port, family: 'IPv4' });

it.each([
  [[at('0.0.0.0', 80), at('127.0.0.1', 9000)], { host: '10.9.9.9', ports: [80] }],
  [[at('127.0.0.1', 9000), at('10.0.0.5', 80), at('10.0.0.5', 81)], { host: '10.0.0.5', ports: [80, 81] }],
  [[at('127.0.3.1', 80), at('::', 90)], { host: '10.9.9.9', ports: [90] }],
  [[at('127.0.3.1', 80), at('127.0.3.1', 81)], { host: '127.0.3.1', ports: [80, 81] }],
])('listening on %j is reached at %j', (addresses, expected) => {
  const listeners = createListeners('10.9.9.9');
  expect(listeners.presence().state).toBe('starting');
  for (const address of addresses) listeners.add(address);
  expect(listeners.presence()).toEqual({ ...expected, state: 'ready' });
  for (const address of addresses) listeners.remove(address);
  expect(listeners.presence()).toEqual({ ...expected, state: 'draining' });
});

it('is ready as long as one of several listeners on an address is open', () => {
  const listeners = createListeners(undefined);
  listeners.add(at('127.0.0.1', 80));
  listeners.add(at('127.0.0.1', 80));
  listeners.remove(at('127.0.0.1', 80));
  expect(listeners.presence().state).toBe('ready');
});
