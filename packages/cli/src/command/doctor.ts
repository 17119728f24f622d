import type { Command } from 'commander';
import { addConnection, addNamespace, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';

interface DoctorOptions extends RemoteOptions {
  readonly namespace?: string;
}

async function doctor(options: DoctorOptions): Promise<void> {
  const { examine } = await import('../doctor/examine.ts');
  const findings = await examine(options, namespaceFilter(options));
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const mark = { fine: 'ok  ', note: 'note', problem: 'BAD ' };
  show(options.json, { findings, problems }, () =>
    [
      ...findings.flatMap(({ level, what, advice }) => [
        `${mark[level]} ${what}`,
        ...(advice ? [`       ${advice}`] : []),
      ]),
      problems === 0 ? 'no problems' : `${problems} problem${problems > 1 ? 's' : ''}`,
    ].join('\n'),
  );
  if (problems > 0) process.exitCode = 1;
}

/** `fairway doctor`. */
export function doctorCommand(): Command {
  const examples = ['fairway doctor', 'fairway doctor -n shop --json'];
  return addNamespace(
    addConnection(command('doctor', 'Look for what is wrong here and say what to do; exit with 1 if so', examples)),
  ).action(doctor);
}
