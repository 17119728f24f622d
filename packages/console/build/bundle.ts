import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { CONSOLE_DIR } from './console.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['console/src', 'client/src', 'core/src', 'model/src'].map((folder) => join(ROOT, '..', folder));

/** Builds the console into {@link CONSOLE_DIR}, in place of what was there. Gives the bytes of all its files, by gzip. */
export async function bundleConsole(): Promise<number> {
  const draft = `${CONSOLE_DIR}.${process.pid}`;
  const result = await inProduction(() =>
    build({
      configFile: false,
      root: ROOT,
      base: '/console/',
      logLevel: 'error',
      worker: { format: 'es' },
      build: { outDir: draft, emptyOutDir: true, chunkSizeWarningLimit: 2_000, modulePreload: { polyfill: false } },
    }),
  );
  rmSync(CONSOLE_DIR, { recursive: true, force: true });
  renameSync(draft, CONSOLE_DIR);
  const files = [result].flat().flatMap((part) => ('output' in part ? part.output : []));
  return files.reduce((sum, file) => sum + gzipSync(file.type === 'chunk' ? file.code : file.source).length, 0);
}

/** Whatever NODE_ENV says, to which Vite listens: test runners set it, and React is a slow one then. */
async function inProduction<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** Builds the console where it is missing or older than a source of it. */
export async function ensureConsole(): Promise<void> {
  const builtMs = statSync(join(CONSOLE_DIR, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtMs < newestSourceMs()) await bundleConsole();
}

function newestSourceMs(): number {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.(test|prop|bench))\.(tsx?|css)$/.test(name))
      .map((name) => join(folder, name)),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}
