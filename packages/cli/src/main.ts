#!/usr/bin/env node
import { main } from './program.ts';

// A reader that has enough (`fairway get | head`) ends the writing, not with an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
