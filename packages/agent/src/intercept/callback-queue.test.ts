import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contexts } from '../govern/contexts.ts';
import type { Governor } from '../govern/governor.ts';
import type { Context } from '../govern/inbound.ts';
import { createHook } from '../hook.ts';
import { createLog } from '../log.ts';
import { keepInCallbackQueues } from './callback-queue.ts';
import { watchEmitters } from './emitter-class.ts';

type Callback = (this: unknown, error: Error | null, rows?: number) => unknown;

/** A pool as those of libraries are: what waits is called by whoever comes next. */
class Pool extends EventEmitter {
  waiting: Callback[] = [];
  query(callback?: Callback | string): EventEmitter {
    if (typeof callback === 'function') this.waiting.push(callback);
    return new EventEmitter();
  }
  connect(): void {}
  _pulseQueue(): unknown {
    return this.waiting.shift()?.call('self', null, 7);
  }
}

const contexts = new Contexts();
const context = (lane: string): Context => ({ lane, request: undefined });
const lane = () => contexts.getStore()?.lane;

describe('callbacks that wait in a queue', () => {
  const emitter = EventEmitter as unknown as { init: unknown };
  const { init } = emitter;
  const hook = createHook('test', createLog('off'));
  let pool: Pool;

  beforeAll(() => {
    keepInCallbackQueues({ contexts } as Governor, hook, watchEmitters());
    pool = new Pool();
  });
  afterAll(() => {
    emitter.init = init;
  });

  it('run in the context in which they were given, with what they are given, and none leaks in', () => {
    const seen: unknown[] = [];
    const callback: Callback = function (this: unknown, ...args) {
      seen.push([lane(), this, ...args]);
      return lane();
    };
    for (const given of [context('gray'), undefined]) contexts.run(given, () => pool.query(callback));
    const returned = contexts.run(context('blue'), () => [pool._pulseQueue(), pool._pulseQueue(), lane()]);
    expect(seen).toEqual([
      ['gray', 'self', null, 7],
      [undefined, 'self', null, 7],
    ]);
    expect(returned).toEqual(['gray', undefined, 'blue']);
  });

  it('throw what they throw', () => {
    const error = new Error('of the application');
    contexts.run(context('gray'), () =>
      pool.query(() => {
        throw error;
      }),
    );
    expect(() => pool._pulseQueue()).toThrow(error);
    expect(hook.errors).toBe(0);
  });

  it('may be listeners of what is returned, unless there is a callback', () => {
    const query = contexts.run(context('gray'), () => pool.query('text'));
    const heard = new Promise((resolve) => query.once('row', () => resolve(lane())));
    contexts.run(context('blue'), () => query.emit('row'));
    expect(
      Object.hasOwn(
        contexts.run(context('gray'), () => pool.query(() => undefined)),
        'emit',
      ),
    ).toBe(false);
    return expect(heard).resolves.toBe('gray');
  });

  it('are left alone in classes that share but a name, and no getter is set off', () => {
    class Search extends EventEmitter {
      query(): string {
        return 'own';
      }
    }
    class Address extends EventEmitter {
      get query(): never {
        throw new Error('not constructed yet');
      }
    }
    const { query } = Search.prototype;
    expect([new Search().query, new Address() instanceof Address]).toEqual([query, true]);
    expect(hook.errors).toBe(0);
  });
});
