import { access } from 'node:fs/promises';
import { isFairwayError } from '@fairway/model';
import { type Finding, fine, note, problem } from './finding.ts';
import { requiredFiles } from './node-option.ts';

const OLDEST_NODE = 24;

function checkNode(): Finding {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) >= OLDEST_NODE) return fine(`Node.js ${node} runs the tools`);
  return problem(
    `Node.js ${node} is too old for the tools`,
    `install Node.js ${OLDEST_NODE} or newer (applications may run on 20 and newer)`,
  );
}

async function checkNodeOptions(): Promise<Finding[]> {
  const options = process.env['NODE_OPTIONS'];
  if (!options) return [];
  const files = requiredFiles(options).filter((file) => /^[./\\]|^[A-Za-z]:/.test(file));
  const missing: string[] = [];
  for (const file of files) await access(file).catch(() => missing.push(file));
  if (missing.length === 0) return [fine(`NODE_OPTIONS is readable: ${options}`)];
  return missing.map((file) =>
    problem(
      `NODE_OPTIONS loads ${file}, which is not there: no Node.js process starts`,
      'unset NODE_OPTIONS, or put the right path there',
    ),
  );
}

async function checkAgent(): Promise<Finding> {
  try {
    const { ensureAgentBundle } = await import('@fairway/agent');
    return fine(`the agent is at ${await ensureAgentBundle()}`);
  } catch (error) {
    return problem(
      `the agent cannot be made: ${(error as Error).message}`,
      'run "make setup", then "npm run build:agent"',
    );
  }
}

async function checkNginx(): Promise<Finding[]> {
  try {
    const { findNginx } = await import('@fairway/gateway');
    const { version, hasStream, streamModule } = await findNginx();
    const found = fine(`NGINX ${version} is here, for gateways`);
    const isThere =
      streamModule === undefined ||
      (await access(streamModule).then(
        () => true,
        () => false,
      ));
    if (hasStream && isThere) return [found];
    return [
      found,
      note('the stream module of NGINX is missing: no TCP entries', 'install libnginx-mod-stream if you need them'),
    ];
  } catch (error) {
    if (!isFairwayError(error)) throw error;
    return [
      note(
        'NGINX is not here: no gateways can run on this machine',
        'install the packages nginx and libnginx-mod-stream if you need them',
      ),
    ];
  }
}

/** What is needed on this machine. */
export async function examineMachine(): Promise<Finding[]> {
  return [checkNode(), ...(await checkNodeOptions()), await checkAgent(), ...(await checkNginx())];
}
