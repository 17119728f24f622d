import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from './inbound.ts';

/** Which request the running code works for. As long as none needed a context, it costs nothing. */
export class Contexts extends AsyncLocalStorage<Context | undefined> {
  /** Whether anything ever ran in a context: before that, none can leak from one request to another. */
  isUsed = false;

  override run<R, A extends unknown[]>(context: Context | undefined, callback: (...args: A) => R, ...args: A): R {
    this.isUsed = true;
    return super.run(context, callback, ...args);
  }
}
