#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// A reader that has enough (`fairway get | head`) ends the writing, not with an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Before all that takes time to compile.
enableCompileCache();
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv.slice(2));
