import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['agent/src', 'core/src', 'model/src'].map((folder) => `${PACKAGES}${folder}`);

/** The one file that an application loads with `NODE_OPTIONS=--require <file>`. */
export const AGENT_FILE = `${PACKAGES}agent/dist/fairway-agent.cjs`;

/** Builds {@link AGENT_FILE}: one CommonJS file without dependencies, in syntax of Node.js 16. Replaced atomically. */
export async function bundleAgent(): Promise<void> {
  mkdirSync(`${PACKAGES}agent/dist`, { recursive: true });
  const draft = `${AGENT_FILE}.${process.pid}`;
  await build({
    entryPoints: [`${PACKAGES}agent/src/entry.ts`],
    outfile: draft,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  renameSync(draft, AGENT_FILE);
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
