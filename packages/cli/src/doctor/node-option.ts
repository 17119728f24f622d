/** Files that an option string, as NODE_OPTIONS has them, loads into a process. */
export function requiredFiles(options: string): string[] {
  const pattern = /(?:--require|-r)[ =](?:"((?:[^"\\]|\\.)*)"|(\S+))/g;
  return [...options.matchAll(pattern)].map(([, quoted, plain]) => (quoted ?? plain ?? '').replace(/\\(.)/g, '$1'));
}

/** What the command line of a Node.js process says. */
export interface NodeCommand {
  /** Files that it loads by `--require`. */
  readonly required: readonly string[];
  /** Its main script, as written; undefined: none, or its title was changed. */
  readonly script: string | undefined;
}

const TAKES_VALUE = /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title)$/;
const HAS_NO_SCRIPT = /^(?:-e|--eval|-p|--print|-pe)$/;

/** Reads the words of a command line, the program first. */
export function nodeCommand([, ...words]: readonly string[]): NodeCommand {
  const required: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) return { required, script: word };
    if (HAS_NO_SCRIPT.test(word)) break;
    const [name = '', value] = TAKES_VALUE.test(word) ? [word, words[++i]] : word.split(/=(.*)/s, 2);
    if (/^(?:-r|--require)$/.test(name) && value) required.push(value);
  }
  return { required, script: undefined };
}
