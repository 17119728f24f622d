import { expect, it } from 'vitest';
import { isTool } from './guard.ts';

it.each([
  ['/usr/lib/node_modules/npm/bin/npm-cli.js', true],
  ['/usr/local/bin/npx', true],
  ['/app/.yarn/releases/yarn-4.5.1.cjs', true],
  ['/app/.yarn/releases/yarn-berry.cjs', true],
  ['/usr/bin/pnpm', true],
  ['/usr/lib/node_modules/pm2/lib/Daemon.js', true],
  ['/usr/lib/node_modules/pm2/lib/ProcessContainerFork.js', false],
  ['/app/Daemon.js', false],
  ['/app/npm-stats/server.js', false],
  ['/app/server.js', false],
  [undefined, false],
])('%s is a tool: %s', (script, expected) => {
  expect(isTool(script)).toBe(expected);
});
