import { FairwayError } from '@fairway/model';
import { Command, CommanderError } from 'commander';
import { agentsCommand } from './command/agents.ts';
import { applyCommand, diffCommand } from './command/apply.ts';
import { backupCommand, restoreCommand } from './command/backup.ts';
import { compareCommand } from './command/compare.ts';
import { completionCommand } from './command/completion.ts';
import { diagnoseCommand } from './command/diagnose.ts';
import { doctorCommand } from './command/doctor.ts';
import { drainCommand, resumeCommand } from './command/drain.ts';
import { explainCommand } from './command/explain.ts';
import { instancesCommand, lanesCommand, propagationCommand } from './command/fleet.ts';
import { followCommand } from './command/follow.ts';
import { gatewayCommand } from './command/gateway.ts';
import { lossesCommand } from './command/losses.ts';
import { namespaceCommand } from './command/namespace.ts';
import { offlineCommand } from './command/offline.ts';
import { releaseCommand } from './command/release.ts';
import { replicasCommand } from './command/replicas.ts';
import { requestCommand } from './command/request.ts';
import { deleteCommand, getCommand, historyCommand, undoCommand } from './command/resource.ts';
import { runCommand } from './command/run.ts';
import { instanceCommand, serviceCommand } from './command/switch.ts';
import { tokenCommand } from './command/token.ts';
import { tracesCommand } from './command/traces.ts';
import { trafficCommand } from './command/traffic.ts';
import { upCommand } from './command/up.ts';
import { userCommand } from './command/user.ts';
import { exitStatus, exitStatusHelp, tellError } from './terminal.ts';

const VERSION = '0.1.0';

function quiet(one: Command): void {
  one.exitOverride().configureOutput({ writeErr: () => {} });
  for (const sub of one.commands) quiet(sub);
}

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command('fairway')
    .description('Microservice governance for Node.js: end-to-end canary lanes with no change to your code.')
    .version(VERSION)
    .addHelpText(
      'after',
      `\nExamples:\n  $ fairway up\n  $ fairway run --service order -- node app.js\n\n${exitStatusHelp()}`,
    );
  const commands = [
    upCommand(),
    runCommand(),
    applyCommand(),
    diffCommand(),
    getCommand(),
    deleteCommand(),
    historyCommand(),
    undoCommand(),
    requestCommand(),
    lanesCommand(),
    instancesCommand(),
    agentsCommand(),
    explainCommand(),
    gatewayCommand(),
    namespaceCommand(),
    serviceCommand(),
    instanceCommand(),
    drainCommand(),
    resumeCommand(),
    offlineCommand(),
    lossesCommand(),
    trafficCommand(),
    compareCommand(),
    releaseCommand(),
    diagnoseCommand(),
    followCommand(),
    tracesCommand(),
    tokenCommand(),
    userCommand(),
    propagationCommand(),
    replicasCommand(),
    backupCommand(),
    restoreCommand(),
    doctorCommand(),
    completionCommand(),
  ];
  for (const one of commands) program.addCommand(one);
  quiet(program);
  return program;
}

/** What commander found wrong with the words of a command line, as an error of ours; undefined: only help was asked for. */
function usageError(error: CommanderError): FairwayError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  return new FairwayError('FAIRWAY_INVALID', `${error.message.replace(/^error: /, '')} (see fairway --help)`);
}

/** Runs a command line; returns the exit status. */
export async function main(words: readonly string[]): Promise<number> {
  const program = createProgram();
  if (words.length === 0) {
    program.outputHelp();
    return exitStatus(new FairwayError('FAIRWAY_INVALID', 'no command'));
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (caught) {
    const error = caught instanceof CommanderError ? usageError(caught) : caught;
    if (error === undefined) return 0;
    tellError(error, words.includes('--json'));
    return exitStatus(error);
  }
}
