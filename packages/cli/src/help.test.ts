import { execFileSync } from 'node:child_process';
import { ERROR_CODES } from '@fairway/model';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';
import { cleanEnvironment, runFairway } from './testing/bed.ts';

function leaves(of: Command): Command[] {
  return of.commands.length === 0 ? [of] : [of, ...of.commands.flatMap(leaves)];
}

function helpOf(of: Command): string {
  let text = '';
  of.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  of.outputHelp();
  return text;
}

const program = createProgram();

describe('help', () => {
  it.each(leaves(program).map((one) => [one.name(), one] as const))(
    '%s has an example and a word on each option',
    (_name, one) => {
      expect(helpOf(one)).toMatch(/Examples:\n {2}\$ \S/);
      expect(one.options.filter(({ description }) => description === '')).toEqual([]);
      if (one.commands.length === 0) expect(one.options.map(({ long }) => long)).toContain('--json');
    },
  );

  it('lists the exit status of every error', () => {
    const text = helpOf(createProgram());
    for (const { exit, text: meaning } of Object.values(ERROR_CODES)) {
      expect(text).toMatch(new RegExp(`^ {2}${exit} .*${meaning}`, 'm'));
    }
  });
});

describe('completion', () => {
  it('in bash completes commands, subcommands and options', async () => {
    const { out } = await runFairway('.', ['completion', 'bash'], cleanEnvironment());
    const complete = (words: string[]) => {
      const script = `${out}\nCOMP_WORDS=(fairway ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _fairway; echo "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim();
    };
    expect(complete(['na'])).toBe('namespace');
    expect(complete(['token', 're'])).toBe('revoke');
    expect(complete(['token', 'create', '--ro'])).toBe('--role');
    expect(complete(['-n', 'shop', 'expl'])).toBe('explain');
  });

  it.each(['zsh', 'fish'])('%s names every command', async (shell) => {
    const { out } = await runFairway('.', ['completion', shell], cleanEnvironment());
    for (const { name } of program.commands.map((one) => ({ name: one.name() }))) expect(out).toContain(name);
  });

  it('of another shell is refused', async () => {
    expect(await runFairway('.', ['completion', 'tcsh'], cleanEnvironment())).toMatchObject({ status: 2 });
  });
});
