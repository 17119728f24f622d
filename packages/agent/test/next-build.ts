import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NODE_VERSIONS, run } from './application.ts';

const SOURCE = fileURLToPath(new URL('fixture/next', import.meta.url));
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const require = createRequire(import.meta.url);
const { node } = NODE_VERSIONS.find(({ version }) => version === 24) as (typeof NODE_VERSIONS)[number];

/** The bundlers that Next.js has. */
export type Bundler = 'turbopack' | 'webpack';

/**
 * Builds the fixture's Next.js application as `output: 'standalone'`, where that was not done for this source before: a build takes a
 * quarter of a minute. Returns the path of its `server.js`.
 */
export async function buildNextApplication(bundler: Bundler): Promise<string> {
  const folder = `${DIST}/next-${bundler}-${digest()}`;
  const server = `${folder}/.next/standalone/packages/agent/dist/${folder.slice(DIST.length + 1)}/server.js`;
  if (existsSync(`${folder}/.next/BUILD_ID`)) return server;
  for (const old of globSync(`${DIST}/next-${bundler}-*`)) rmSync(old, { recursive: true });
  cpSync(SOURCE, folder, { recursive: true });
  const args = [require.resolve('next/dist/bin/next'), 'build', `--${bundler}`, folder];
  const { code, stdout, stderr } = await run(
    node,
    args,
    { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: undefined },
    120_000,
  );
  if (code !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`Next.js did not build: ${stdout}${stderr}`);
  }
  return server;
}

function digest(): string {
  const hash = createHash('sha256').update(require('next/package.json').version);
  for (const file of globSync(`${SOURCE}/**/*.{js,jsx,mjs,json}`).sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
