import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { command } from '../option.ts';
import { TERMINAL } from '../terminal.ts';

/** What may follow a command: its subcommands and options. */
interface Words {
  /** Command words from the root, for example `token create`; the root is empty. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

function visible(of: Command): Words['words'] {
  const commands = of.commands.map((sub) => ({ word: sub.name(), about: sub.description() }));
  const options = of.options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []));
  return [...commands, ...options, { word: '--help', about: 'display help for command' }];
}

function wordsOf(of: Command, path = ''): Words[] {
  return [{ path, words: visible(of) }, ...of.commands.flatMap((sub) => wordsOf(sub, `${path} ${sub.name()}`.trim()))];
}

function bash(all: readonly Words[]): string {
  const cases = all.map(({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}" ;;`);
  return `# fairway completion bash: put  eval "$(fairway completion bash)"  into ~/.bashrc
_fairway() {
  local path="" word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) ;; *)
      case " ${all
        .map(({ path }) => path.replaceAll(' ', '_'))
        .filter(Boolean)
        .join(' ')} " in
        *" \${path:+\${path// /_}_}$word "*) path="\${path:+$path }$word" ;;
      esac ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || compopt -o default 2>/dev/null
}
complete -F _fairway fairway
`;
}

function zsh(all: readonly Words[]): string {
  return `# fairway completion zsh: put  source <(fairway completion zsh)  into ~/.zshrc
autoload -U +X bashcompinit && bashcompinit
${bash(all)}`;
}

function fish(all: readonly Words[]): string {
  const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const lines = all.flatMap(({ path, words }) => {
    const parts = path.split(' ').filter(Boolean);
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
    const condition = parts.length === 0 ? '__fish_use_subcommand' : seen;
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c fairway -n ${quoted(condition)} ${what} -d ${quoted(about)}`;
    });
  });
  return `# fairway completion fish: put  fairway completion fish | source  into config.fish\n${lines.join('\n')}\n`;
}

/** `fairway completion`. */
export function completionCommand(): Command {
  const shells: Readonly<Record<string, (all: readonly Words[]) => string>> = { bash, zsh, fish };
  return command('completion', 'Print what makes a shell complete commands of fairway', [
    'eval "$(fairway completion bash)"',
  ])
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string, _options: unknown, own: Command) => {
      const write = shells[shell];
      if (!write) {
        throw new FairwayError(
          'FAIRWAY_INVALID',
          `shell: found ${JSON.stringify(shell)}, expected one of ${Object.keys(shells).join(', ')}`,
        );
      }
      TERMINAL.out(write(wordsOf(own.parent ?? own)).trimEnd());
    });
}
