import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchEmitters } from './emitter-class.ts';

class Ours extends EventEmitter {
  readonly given: unknown;
  ours(): void {}

  constructor(options?: { captureRejections: boolean }) {
    super(options);
    this.given = options;
  }
}
class Derived extends Ours {}

it('tells of each object of the classes that are asked for, and asks once for each class', () => {
  const made: object[] = [];
  const asked: object[] = [];
  const watch = watchEmitters();
  watch({
    isOurs(first) {
      asked.push(Object.getPrototypeOf(first));
      return 'ours' in first;
    },
    made: (emitter) => made.push(emitter),
  });
  watch({
    isOurs() {
      throw new Error('broken');
    },
    made: () => made.push({}),
  });
  const others = Array.from({ length: 40 }, () => class extends EventEmitter {});
  const ours: object[] = [];
  for (let round = 0; round < 3; round++) {
    for (const Other of others) new Other();
    ours.push(new Ours(), new Derived({ captureRejections: true }));
  }
  expect(made).toEqual(ours);
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked).toEqual(expect.arrayContaining([Ours.prototype, Derived.prototype]));
  expect((ours[1] as Ours).listenerCount('x')).toBe(0);
});
