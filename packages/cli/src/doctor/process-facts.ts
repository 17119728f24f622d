import { access, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What the system says of a process. What it does not say, mostly for want of rights, is undefined. */
export interface ProcessFacts {
  readonly pid: number;
  /** The file that it runs. */
  readonly program: string | undefined;
  readonly command: readonly string[] | undefined;
  /** As it was at its start. */
  readonly environment: Readonly<Record<string, string>> | undefined;
  readonly folder: string | undefined;
  readonly children: readonly number[];
  /** Its ids, from outside to the innermost container. */
  readonly pids: readonly number[];
  /** Names that it may have for the machine. */
  readonly hostnames: readonly string[];
  /** Where its files are seen from here; empty: where they are. */
  readonly root: string;
}

/** Reads what there is of a process in /proc. `no-proc`: this system has none. `gone`: there is no such process. */
export async function readProcess(pid: number): Promise<ProcessFacts | 'no-proc' | 'gone'> {
  if (!(await isThere('/proc/self/status'))) return 'no-proc';
  const own = `/proc/${pid}`;
  const status = await text(`${own}/status`);
  if (status === undefined) return 'gone';
  const environ = await text(`${own}/environ`);
  const environment = environ === undefined ? undefined : variables(environ);
  const command = await text(`${own}/cmdline`);
  const children = await text(`${own}/task/${pid}/children`);
  return {
    pid,
    program: await link(`${own}/exe`),
    command: command === undefined ? undefined : command.split('\0').filter((word) => word !== ''),
    environment,
    folder: await link(`${own}/cwd`),
    children: numbers(children),
    pids: [pid, ...numbers(/^NSpid:(.*)$/m.exec(status)?.[1])],
    hostnames: [hostname(), ...(environment?.['HOSTNAME'] ? [environment['HOSTNAME']] : [])],
    root: (await isThere(`${own}/root/`)) ? `${own}/root` : '',
  };
}

function text(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** A file that was replaced meanwhile is named so by the system. */
async function link(file: string): Promise<string | undefined> {
  return readlink(file).then(
    (target) => target.replace(/ \(deleted\)$/, ''),
    () => undefined,
  );
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function numbers(words: string | undefined): number[] {
  return (words ?? '').split(/\s+/).flatMap((word) => Number(word) || []);
}

function variables(environ: string): Record<string, string> {
  const pairs = environ.split('\0').flatMap((pair) => {
    const eq = pair.indexOf('=');
    return eq > 0 ? [[pair.slice(0, eq), pair.slice(eq + 1)] as const] : [];
  });
  return Object.fromEntries(pairs);
}
