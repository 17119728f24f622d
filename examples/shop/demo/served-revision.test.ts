import { expect, test } from 'vitest';
import { newServedRevision } from './served-revision.ts';

test('a configuration serves what had been heard of when its source was read', async () => {
  const served = newServedRevision(5);
  const reached: number[] = [];
  const waits = [5, 6].map((revision) => served.reached(revision, 10_000).then(() => reached.push(revision)));
  served.rendering();
  served.heard(6);
  served.applied();
  await waits[0];
  expect(reached).toEqual([5]);
  served.rendering();
  served.applied();
  await waits[1];
  expect(reached).toEqual([5, 6]);
});

test('who waits is told of a failure, and of lateness', async () => {
  const served = newServedRevision(1);
  const waiting = served.reached(1, 10_000);
  served.failed(new Error('refused'));
  await expect(waiting).rejects.toThrow('refused');
  await expect(served.reached(2, 1)).rejects.toThrow('revision 2 is not served after 1 ms');
});
