import { markLoaded, reasonToSleep } from './guard.ts';
import { createLog } from './log.ts';
import { readLogLevel, readOptions } from './option.ts';

/** Loaded only where it is to run: most of the processes that NODE_OPTIONS reaches are none of ours. */
const agent = () => require('./agent.ts') as typeof import('./agent.ts');

// Whatever happens in here, the application starts as it would without.
try {
  const log = createLog(readLogLevel());
  const options = reasonToSleep() ?? readOptions();
  if (typeof options === 'string') log.info(`the agent sleeps: ${options}`);
  else markLoaded(agent().startAgent(options, log));
} catch (error) {
  try {
    createLog(readLogLevel()).error(`the agent did not start: ${error instanceof Error ? error.stack : 'unknown'}`);
  } catch {
    // Not even stderr: silence is all that is left.
  }
}
