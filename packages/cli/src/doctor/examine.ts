import { hostname } from 'node:os';
import type { Options } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import { isFairwayError } from '@fairway/model';
import { type ConnectionOptions, findConnection } from '../connection.ts';
import { examineAccess } from './access.ts';
import { examineAddress, type Viewer } from './address.ts';
import { examineEnrolment, type Known } from './enrolment.ts';
import { type Finding, fine, note, problem } from './finding.ts';
import { examineFleet } from './fleet.ts';
import { examineMachine } from './machine.ts';
import { examineProcess } from './process.ts';
import { readProcess } from './process-facts.ts';
import { refusal } from './refusal.ts';

/** What a control plane says to a question, or that it cannot be asked. */
async function asking(options: ConnectionOptions, ask: (client: Client) => Promise<Finding[]>): Promise<Finding[]> {
  const { server, token } = await findConnection(options);
  try {
    return await ask(createClient({ server, token }));
  } catch (error) {
    if (!isFairwayError(error)) throw error;
    return [refusal(server, error)];
  }
}

/** Looks at this machine, the control plane and what it governs. */
export async function examine(options: ConnectionOptions, namespace: string | undefined): Promise<Finding[]> {
  const fleet = await asking(options, async (client) => {
    const findings = await examineFleet(client, namespace);
    return [fine(`the control plane at ${client.server} answers and accepts the token`), ...findings];
  });
  return [...(await examineMachine()), ...fleet];
}

/** Looks at one process of this machine, and says why it is not governed. */
export async function examinePid(options: ConnectionOptions, pid: number): Promise<Finding[]> {
  const facts = await readProcess(pid);
  if (facts === 'gone')
    return [problem(`there is no process ${pid} here`, 'take the id that ps shows on this machine, in this container')];
  if (facts === 'no-proc') {
    const what = 'this system has no /proc: what a process was started with cannot be told';
    const advice = 'look at NODE_OPTIONS and FAIRWAY_… where it is started';
    return [note(what, advice), ...(await enrolment(options, { pids: [pid], hostnames: [hostname()] }))];
  }
  const { findings, options: agent } = await examineProcess(facts);
  if (!agent && findings.some(({ level }) => level === 'problem')) return [...findings];
  const access = agent ? await examineAccess(agent) : [];
  return [...findings, ...access, ...(await enrolment(options, facts, agent))];
}

/** The control plane that is asked is the agent's own, unless another one is named. */
async function enrolment(
  options: ConnectionOptions,
  known: Known,
  agent?: Pick<Options, 'servers'>,
): Promise<Finding[]> {
  const named = options.server ?? (process.env['FAIRWAY_SERVER'] || agent?.servers[0]?.href);
  const findings = await asking({ ...options, server: named }, (client) => examineEnrolment(client, known));
  const own = agent?.servers.map(({ origin }) => origin) ?? [];
  if (!agent || !named || !URL.canParse(named) || own.includes(new URL(named).origin)) return findings;
  const what = `its control plane is ${own.join(', ')}, and ${new URL(named).origin} is asked here`;
  return [note(what, 'right where both are names of one; else name its own with --server'), ...findings];
}

/** Looks at an address that applications dial. */
export function examineUrl(options: ConnectionOptions, url: URL, viewer: Viewer): Promise<Finding[]> {
  return asking(options, (client) => examineAddress(client, url, viewer));
}
