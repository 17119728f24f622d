import { startAgent } from './agent.ts';
import { markLoaded, reasonToSleep } from './guard.ts';
import { createLog } from './log.ts';
import { readLogLevel, readOptions } from './option.ts';

// Whatever happens in here, the application starts as it would without.
try {
  const log = createLog(readLogLevel());
  const options = reasonToSleep() ?? readOptions();
  if (typeof options === 'string') log.info(`the agent sleeps: ${options}`);
  else markLoaded(startAgent(options, log));
} catch (error) {
  try {
    createLog(readLogLevel()).error(`the agent did not start: ${error instanceof Error ? error.stack : 'unknown'}`);
  } catch {
    // Not even stderr: silence is all that is left.
  }
}
