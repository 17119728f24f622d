import { ERROR_CODES, isFairwayError, problemText } from '@fairway/model';

/** Where commands write. Results go to `out`; what is said about them to `say`. */
export interface Terminal {
  out(text: string): void;
  say(text: string): void;
}

export const TERMINAL: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  say: (text) => void process.stderr.write(`${text}\n`),
};

/** Writes a result: as JSON, or as text for people. */
export function show(isJson: boolean | undefined, value: unknown, text: () => string): void {
  TERMINAL.out(isJson ? JSON.stringify(value, null, 2) : text());
}

/** Columns, as wide as what is in them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Exit status of a check that can neither pass nor fail. */
export const TOO_LITTLE_STATUS = 9;

/** Exit status of a process that ends with this error. */
export function exitStatus(error: unknown): number {
  return isFairwayError(error) ? ERROR_CODES[error.code].exit : ERROR_CODES.FAIRWAY_INTERNAL.exit;
}

function errorText(error: unknown): string {
  if (!isFairwayError(error))
    return `fairway: a defect in Fairway: ${error instanceof Error ? error.stack : String(error)}`;
  const lines = error.problems.map((problem) => `  ${problemText(problem)}`);
  return lines.length > 0 && lines.some((line) => !error.message.includes(line.trim()))
    ? [`fairway: ${error.message.split(': ', 1)[0]}`, ...lines].join('\n')
    : `fairway: ${error.message}`;
}

/** Tells of an error on standard error; as one JSON object where JSON was asked for. */
export function tellError(error: unknown, isJson: boolean): void {
  if (!isJson || !isFairwayError(error)) {
    TERMINAL.say(errorText(error));
    return;
  }
  const { code, message, problems } = error;
  TERMINAL.say(JSON.stringify({ code, message, problems }));
}

/** Names of error codes by exit status, for the help. */
export function exitStatusHelp(): string {
  const byStatus = new Map<number, string[]>([[0, ['done']]]);
  for (const { exit, text } of Object.values(ERROR_CODES)) byStatus.set(exit, [...(byStatus.get(exit) ?? []), text]);
  byStatus.set(1, [...(byStatus.get(1) ?? []), 'a check failed']);
  byStatus.set(TOO_LITTLE_STATUS, ['too little was measured to say']);
  const lines = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([exit, texts]) => `  ${String(exit).padEnd(3)} ${texts.join('; ')}`);
  return `Exit status:\n${lines.join('\n')}`;
}
