import type { Options } from '@fairway/agent';
import { type Finding, fine, problem } from './finding.ts';

const TIMEOUT_MS = 5_000;
/** An instance that nobody registers: a token that is accepted is told that it is not there. */
const NOBODY = 'fairway-doctor';

const ANSWERS: Readonly<Record<number, readonly [what: string, advice: string]>> = {
  401: ['refuses its token', 'give it one that is valid: fairway token create NAME --role agent -n NAMESPACE'],
  403: [
    'takes its token for one of another role',
    'give it an agent token: fairway token create NAME --role agent -n NAMESPACE',
  ],
  429: ['has seen too many bad tokens from here', 'wait a minute and ask again'],
};

/** Whether the control plane of an agent is reached from here, each of its replicas, and takes the agent's token. */
export async function examineAccess(options: Pick<Options, 'servers' | 'token'>): Promise<Finding[]> {
  const token = tokenOf(options);
  if (token === undefined)
    return [problem('FAIRWAY_TOKEN_FILE cannot be read', 'see whether the file is there, and who may read it')];
  if (token === '')
    return [
      problem('it has no token', 'set FAIRWAY_TOKEN or FAIRWAY_TOKEN_FILE: fairway token create NAME --role agent'),
    ];
  return Promise.all(options.servers.map((server) => examineServer(server, token)));
}

async function examineServer(server: URL, token: string): Promise<Finding> {
  const { origin } = server;
  const status = await ask(server, token);
  if (typeof status === 'string')
    return problem(
      `its control plane ${origin} is not reached from here: ${status}`,
      'start it, or correct FAIRWAY_SERVER',
    );
  if (status === 404) return fine(`its control plane ${origin} answers and takes its token`);
  const [what, advice] = ANSWERS[status] ?? [`answers with status ${status}`, 'see whether it is a control plane'];
  return problem(`its control plane ${origin} ${what}`, advice);
}

function tokenOf({ token }: Pick<Options, 'token'>): string | undefined {
  try {
    return token();
  } catch {
    return undefined;
  }
}

async function ask(server: URL, token: string): Promise<number | string> {
  const url = new URL(`${server.pathname.replace(/\/$/, '')}/agent/v1/stream?instance=${NOBODY}`, server);
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}
