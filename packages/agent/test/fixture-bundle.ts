import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import webpack from 'webpack';
import type { Variant } from './variant.ts';

const COMMON: BuildOptions = { bundle: true, platform: 'node', minify: true, logLevel: 'error' };
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Builds an application of the fixture, with all that it needs, into one minified file. Returns its path. */
export async function bundleFixture(
  variant: Exclude<Variant, 'plain'>,
  folder: string,
  entry = 'hop.cjs',
): Promise<string> {
  const file = fileURLToPath(new URL(`fixture/${entry}`, import.meta.url));
  const options = { ...COMMON, entryPoints: [file] };
  switch (variant) {
    case 'esbuild CJS':
      await build({ ...options, format: 'cjs', outfile: `${folder}/esbuild.cjs` });
      return `${folder}/esbuild.cjs`;
    case 'esbuild ESM':
      await build({ ...options, format: 'esm', banner: { js: REQUIRE }, outfile: `${folder}/esbuild.mjs` });
      return `${folder}/esbuild.mjs`;
    case 'webpack':
      await bundleByWebpack(file, folder);
      return `${folder}/webpack.cjs`;
  }
}

function bundleByWebpack(entry: string, folder: string): Promise<void> {
  const config: webpack.Configuration = {
    mode: 'production',
    target: 'node16',
    entry,
    output: { path: folder, filename: 'webpack.cjs' },
    module: { parser: { javascript: { dynamicImportMode: 'eager' } } },
  };
  return new Promise((resolve, reject) => {
    webpack(config, (error, stats) => {
      if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString({ all: false, errors: true })));
      else resolve();
    });
  });
}
