import { expect, test } from 'vitest';
import { newBoard } from './board.ts';
import { type Intent, SHAPES } from './intent.ts';
import type { Outcome } from './load.ts';

function outcome(releases: string, endedMs: number): Outcome {
  const intent: Intent = { id: 'r', page: 'export' };
  const { services } = SHAPES.export;
  const trail = releases.split(' ').map((release, at) => ({ service: services[at] as string, release, id: 'r' }));
  return { intent, startedMs: endedMs - 1, endedMs, result: { reply: { trail } } };
}

test('shows requests, share and fallbacks by service and lane, and forgets what is older than its window', () => {
  const board = newBoard(100);
  for (let n = 0; n < 7; n += 1) board.add(outcome('gray gray gray base', 10), {});
  for (let n = 0; n < 3; n += 1) board.add(outcome('base base base base', 150), {});
  board.add(outcome('gray gray gray base', 150), {});
  expect(board.render(200).split('\n')).toEqual([
    'service     lane  requests   share  fell back to base  violations',
    '----------  ----  --------  ------  -----------------  ----------',
    'storefront  base         3  75.0 %                  0           0',
    'storefront  gray         1  25.0 %                  0           0',
    'order       base         3  75.0 %                  0           0',
    'order       gray         1  25.0 %                  0           0',
    'warehouse   base         3  75.0 %                  0           0',
    'warehouse   gray         1  25.0 %                  0           0',
    'datacenter  base         3  75.0 %                  0           0',
    'datacenter  gray         1  25.0 %                  1           0',
    '',
    'since the start: 11 requests, 0 failed, 0 left their lane',
  ]);
});

test('tells of the last failure and counts violations', () => {
  const board = newBoard(100);
  board.add(outcome('base base gray base', 1), {});
  const result = { error: new Error('export: 502 no') };
  board.add({ intent: { id: 'x', page: 'export' }, startedMs: 1, endedMs: 2, result }, {});
  expect(board).toMatchObject({ requests: 2, failed: 1, violations: 1 });
  expect(board.render(3)).toContain('last trouble: export: 502 no');
});
