import { basename, resolve } from 'node:path';
import { isTool, type Options, readOptions, unpackedEnvironment } from '@fairway/agent';
import { found } from '@fairway/model';
import { examineAgentFile } from './agent-file.ts';
import { type Finding, fine, note, problem } from './finding.ts';
import { nodeCommand, requiredFiles } from './node-option.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What was found of a process, and the options of its agent where it can have one that runs. */
export interface ProcessExamination {
  readonly findings: readonly Finding[];
  readonly options: Options | undefined;
}

const RESTART = 'and restart it';

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/FAIRWAY_SERVER is not set/, `set FAIRWAY_SERVER to the URL of the control plane ${RESTART}`],
  [/FAIRWAY_DISABLE/, `unset FAIRWAY_DISABLE ${RESTART}`],
];

/** Whether a process is one that an agent can govern, by how it was started. */
export async function examineProcess(facts: ProcessFacts): Promise<ProcessExamination> {
  const { pid, environment } = facts;
  const program = programOf(facts);
  if (program !== undefined && !/^node(?:js)?[\d.]*$/.test(basename(program))) {
    return ended(
      problem(
        `process ${pid} runs ${found(program)}, which is not Node.js: Fairway governs Node.js`,
        `give the id of the Node.js process${kin(facts)}`,
      ),
    );
  }
  const runs = fine(`process ${pid} runs ${found(program ?? 'a program that cannot be read')}`);
  if (!environment) {
    const what = `what process ${pid} was started with cannot be read: it is another user's`;
    return ended(runs, note(what, 'run this as that user, or as root'));
  }
  const loaded = await examineLoading(facts, environment);
  const dormant = examineDormancy(facts);
  const options = readOptions(environmentAt(facts, environment));
  const isRunning = ![...loaded, ...dormant].some(({ level }) => level === 'problem');
  if (typeof options === 'string') return ended(runs, ...loaded, ...dormant, asleep(options));
  return {
    findings: [runs, ...loaded, ...dormant, ...examineOptions(options)],
    options: isRunning ? options : undefined,
  };
}

function ended(...findings: Finding[]): ProcessExamination {
  return { findings, options: undefined };
}

function programOf({ program, command }: ProcessFacts): string | undefined {
  return program ?? command?.[0];
}

/** The children, as those that may be meant. */
function kin({ children }: ProcessFacts): string {
  return children.length === 0 ? '' : `: its children are ${children.slice(0, 10).join(', ')}`;
}

async function examineLoading(
  facts: ProcessFacts,
  { NODE_OPTIONS: options = '' }: ProcessFacts['environment'] & object,
): Promise<Finding[]> {
  const inherited = requiredFiles(options);
  const { required } = nodeCommand(facts.command ?? []);
  const examined = await Promise.all([...inherited, ...required].map((file) => examineAgentFile(file, facts)));
  const findings = examined.flat();
  const isOnlyHere = inherited.length === 0 && findings.length > 0;
  if (isOnlyHere)
    findings.push(
      note('the agent is loaded by the command line alone: children of it are not governed', 'use NODE_OPTIONS'),
    );
  if (findings.length > 0) return findings;
  const what = options === '' ? 'NODE_OPTIONS is not set' : `NODE_OPTIONS is ${found(options)}`;
  const how = 'start it with NODE_OPTIONS="--require <the agent\'s file>", or by "fairway run"';
  return [problem(`the agent is not loaded: ${what}`, how)];
}

function examineDormancy(facts: ProcessFacts): Finding[] {
  const { script } = nodeCommand(facts.command ?? []);
  if (!isTool(script)) return [];
  return [
    problem(
      `${found(script)} is a package manager or process manager: the agent sleeps in it`,
      `look at the application that it started${kin(facts)}`,
    ),
  ];
}

/** As the agent saw it, a file of a token named from here. Under pm2 the title hides the script, but not what is packed. */
function environmentAt(
  { folder = '/', root }: ProcessFacts,
  started: Readonly<Record<string, string>>,
): Readonly<Partial<Record<string, string>>> {
  const environment = unpacked(started);
  const { FAIRWAY_TOKEN_FILE: file } = environment;
  return file ? { ...environment, FAIRWAY_TOKEN_FILE: root + resolve(folder, file) } : environment;
}

function unpacked(environment: Readonly<Record<string, string>>): Readonly<Partial<Record<string, string>>> {
  try {
    return unpackedEnvironment(environment);
  } catch {
    return environment;
  }
}

function asleep(why: string): Finding {
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(why)) ?? [undefined, `correct it ${RESTART}`];
  return problem(`the agent sleeps: ${why}`, advice as string);
}

function examineOptions({ disabled, servers }: Options): Finding[] {
  const told = fine(`its options are in order; its control plane is ${servers.map(({ origin }) => origin).join(', ')}`);
  if (disabled.size === 0) return [told];
  const points = [...disabled].map((name) => found(name)).join(', ');
  return [told, note(`FAIRWAY_DISABLE keeps points off: ${points}`, `take them out ${RESTART} to have those governed`)];
}
