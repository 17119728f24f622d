import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['agent/src', 'core/src', 'model/src'].map((folder) => `${PACKAGES}${folder}`);

/** The one file that an application loads with `NODE_OPTIONS=--require <file>`. */
export const AGENT_FILE = `${PACKAGES}agent/dist/fairway-agent.cjs`;

const FORM: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node16',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Whatever fails while the file is loaded, the application starts as it would without; told where FAIRWAY_LOG asks for it. */
const GUARD: BuildOptions = {
  banner: { js: '"use strict";try{' },
  footer: {
    js: `}catch(error){try{/^(error|info|debug)$/.test(process.env.FAIRWAY_LOG)&&
process.stderr.write("fairway error: the agent did not load: "+error.stack+"\\n")}catch{}}`,
  },
};

/**
 * The engine of regular expressions is two thirds of the file, and most applications have no rule that needs it: it is kept as text, and
 * compiled when the first such rule is.
 */
const lazyRegex: Plugin = {
  name: 'lazy-regex',
  setup({ onLoad }) {
    onLoad({ filter: /re2js\/build\/index\.js$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...FORM, entryPoints: [path], write: false });
      const source = JSON.stringify(`(function (module) {${outputFiles?.[0]?.text}})`);
      const contents = `import { runInThisContext } from 'node:vm';
        let loaded;
        function load() {
          if (!loaded) {
            const module = { exports: {} };
            runInThisContext(${source})(module);
            loaded = module.exports.RE2JS;
          }
          return loaded;
        }
        export const RE2JS = { compile: (...args) => load().compile(...args) };`;
      return { contents, loader: 'js' };
    });
  },
};

/** Builds {@link AGENT_FILE}. Replaced atomically. */
export async function bundleAgent(): Promise<void> {
  mkdirSync(`${PACKAGES}agent/dist`, { recursive: true });
  const draft = `${AGENT_FILE}.${process.pid}`;
  await bundleEntry(`${PACKAGES}agent/src/entry.ts`, draft);
  renameSync(draft, AGENT_FILE);
}

/** Builds what an application can load: one CommonJS file without dependencies, in syntax of Node.js 16. */
export async function bundleEntry(entry: string, outfile: string): Promise<void> {
  await build({ ...FORM, ...GUARD, entryPoints: [entry], outfile, plugins: [lazyRegex] });
}

/** Builds {@link AGENT_FILE} where it is missing or older than a source of it. Returns its path. */
export async function ensureAgentBundle(): Promise<string> {
  const builtMs = statSync(AGENT_FILE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtMs < newestSourceMs()) await bundleAgent();
  return AGENT_FILE;
}

function newestSourceMs(): number {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.(test|prop|bench))\.[jt]s$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}
