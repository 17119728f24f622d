import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import webpack from 'webpack';
import type { Variant } from './variant.ts';

const ENTRY = fileURLToPath(new URL('fixture/hop.cjs', import.meta.url));

const COMMON: BuildOptions = { entryPoints: [ENTRY], bundle: true, platform: 'node', minify: true, logLevel: 'error' };
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Builds the fixture's application, with all its clients, into one minified file. Returns its path. */
export async function bundleFixture(variant: Exclude<Variant, 'plain'>, folder: string): Promise<string> {
  switch (variant) {
    case 'esbuild CJS':
      await build({ ...COMMON, format: 'cjs', outfile: `${folder}/esbuild.cjs` });
      return `${folder}/esbuild.cjs`;
    case 'esbuild ESM':
      await build({ ...COMMON, format: 'esm', banner: { js: REQUIRE }, outfile: `${folder}/esbuild.mjs` });
      return `${folder}/esbuild.mjs`;
    case 'webpack':
      await bundleByWebpack(folder);
      return `${folder}/webpack.cjs`;
  }
}

function bundleByWebpack(folder: string): Promise<void> {
  const config: webpack.Configuration = {
    mode: 'production',
    target: 'node16',
    entry: ENTRY,
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
