import { performance } from 'node:perf_hooks';

/** Milliseconds of a clock that does not go back. Taken as the agent is loaded: applications under test replace the clock. */
export const nowMs: () => number = performance.now.bind(performance);
