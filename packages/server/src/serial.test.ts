import { describe, expect, it } from 'vitest';
import { Serial } from './serial.ts';

describe('Serial', () => {
  it('runs one job after another, also after one that failed', async () => {
    const serial = new Serial();
    const order: string[] = [];
    const job =
      (name: string, fails = false) =>
      async () => {
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([serial.run(job('a', true)), serial.run(job('b')), serial.run(job('c'))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('gives up a job that does not get its turn in time, and never does it', async () => {
    const serial = new Serial();
    let finish = () => {};
    const long = serial.run(() => new Promise<void>((resolve) => (finish = resolve)));
    let isDone = false;
    const waiting = serial.run(async () => {
      isDone = true;
    }, 10);
    await expect(waiting).rejects.toMatchObject({ code: 'FAIRWAY_STORE_UNAVAILABLE' });
    finish();
    await long;
    await serial.run(async () => {});
    expect(isDone).toBe(false);
  });
});
