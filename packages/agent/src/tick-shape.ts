import { executionAsyncResource } from 'node:async_hooks';
import process from 'node:process';

let kept: object | undefined;

/**
 * Keeps `process.nextTick` as fast as it is. V8 remembers the shape of the objects that it makes while there is one of them: when
 * garbage is collected in an idle moment, it forgets, and makes each of them in a slow way for the rest of the process's life, which is
 * a tenth of what a small request costs. What the agent does in idle moments brings a process there sooner: so it keeps one of them.
 */
export function keepTickShape(): void {
  process.nextTick(() => {
    kept = executionAsyncResource();
  });
}

/** What is kept; undefined until the next tick. */
export function keptTick(): object | undefined {
  return kept;
}
