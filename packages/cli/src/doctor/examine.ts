import { createClient } from '@fairway/client';
import { isFairwayError } from '@fairway/model';
import { type ConnectionOptions, findConnection } from '../connection.ts';
import { type Finding, fine, problem } from './finding.ts';
import { examineFleet } from './fleet.ts';
import { examineMachine } from './machine.ts';

const ADVICE: Readonly<Record<string, string>> = {
  FAIRWAY_UNREACHABLE: 'start it (fairway up), or name the right one with --server or FAIRWAY_SERVER',
  FAIRWAY_UNAUTHENTICATED:
    'give an admin or reader token with FAIRWAY_TOKEN, or run this where "fairway up" was started',
  FAIRWAY_FORBIDDEN: 'use an admin or reader token: fairway token create NAME --role reader',
};

async function examineServer(options: ConnectionOptions, namespace: string | undefined): Promise<Finding[]> {
  const { server, token } = await findConnection(options);
  try {
    const client = createClient({ server, token });
    const findings = await examineFleet(client, namespace);
    return [fine(`the control plane at ${server} answers and accepts the token`), ...findings];
  } catch (error) {
    if (!isFairwayError(error)) throw error;
    return [problem(`control plane ${server}: ${error.message}`, ADVICE[error.code] ?? 'see its log')];
  }
}

/** Looks at this machine, the control plane and what it governs. */
export async function examine(options: ConnectionOptions, namespace: string | undefined): Promise<Finding[]> {
  return [...(await examineMachine()), ...(await examineServer(options, namespace))];
}
