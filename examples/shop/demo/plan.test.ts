import { expect, test } from 'vitest';
import { loopbackBlock, plannedInstances } from './plan.ts';

test('every instance has its own address, and peers have the same port', () => {
  const planned = plannedInstances('127.9.9');
  expect(new Set(planned.map((one) => one.host)).size).toBe(planned.length);
  expect(new Set(planned.map((one) => one.id)).size).toBe(planned.length);
  for (const { service, port } of planned) expect(port).toBe(service === 'device' ? 9000 : 8080);
});

test('the canary lacks payment and datacenter, and has the warehouse between them', () => {
  const gray = plannedInstances('127.9.9').filter((one) => one.release === 'gray');
  expect(gray.map((one) => one.service)).toEqual(['storefront', 'order', 'warehouse', 'device']);
});

test.each([
  [0, '127.1.0'],
  [65_535, '127.2.255'],
  [4_194_304, '127.129.0'],
])('process %d takes the block %s', (pid, block) => {
  expect(loopbackBlock(pid)).toBe(block);
});
