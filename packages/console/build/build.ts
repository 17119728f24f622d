// Builds the console, and says how large its first load is.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { CONSOLE_DIR } from './console.ts';

const result = await build({
  configFile: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  base: '/console/',
  logLevel: 'error',
  build: { outDir: CONSOLE_DIR, emptyOutDir: true, chunkSizeWarningLimit: 2_000, modulePreload: { polyfill: false } },
});

const chunks = [result].flat().flatMap((part) => ('output' in part ? part.output : []));
const bytes = chunks.reduce((sum, chunk) => {
  return sum + gzipSync(chunk.type === 'chunk' ? chunk.code : chunk.source).length;
}, 0);
console.log(`wrote dist (${Math.round(bytes / 1024)} KiB gzip)`);
