import { basename } from 'node:path';
import * as threads from 'node:worker_threads';

const LOADED = Symbol.for('fairway.agent');

const TOOLS = /^(?:npm|npx|npm-cli|npx-cli|yarn|yarnpkg|yarn-[\w.-]+|pnpm|pnpx|corepack|pm2|pm2-dev|pm2-runtime)$/;
const PM2_DAEMON = /[\\/]pm2[\\/]lib[\\/]Daemon\.js$/;

/** Whether this thread belongs to Node.js itself, as that of ESM loader hooks does. */
function isInternalThread(): boolean {
  if ((threads as { isInternalThread?: boolean }).isInternalThread) return true;
  return !threads.isMainThread && threads.parentPort === null;
}

/** Whether a script is a package manager or process manager: NODE_OPTIONS reaches it on the way to the application. */
export function isTool(script: string | undefined): boolean {
  if (!script) return false;
  return TOOLS.test(basename(script).replace(/\.[cm]?js$/, '')) || PM2_DAEMON.test(script);
}

/** Why the agent must leave this process or thread alone; undefined: it may run. */
export function reasonToSleep(script: string | undefined = process.argv[1]): string | undefined {
  if (LOADED in globalThis) return 'it is loaded already';
  if (isInternalThread()) return 'this thread belongs to Node.js';
  if (isTool(script)) return 'this is a package manager or process manager';
  return undefined;
}

/** Marks this thread as having an agent, and lets its state be looked at by tests and diagnosis. */
export function markLoaded(probe: () => unknown): void {
  Object.defineProperty(globalThis, LOADED, { value: Object.freeze({ probe }), configurable: true });
}
