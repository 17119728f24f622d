import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { AGENT_FILE } from '@fairway/agent';
import { found } from '@fairway/model';
import { type Finding, fine, note, problem } from './finding.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What is in every file of the agent, whatever its version: the name under which it is known in a process. */
const MARK = 'fairway.agent';

/** What is wrong with a file that a process loads, if that is the agent or passes for it; nothing for another file. */
export async function examineAgentFile(
  named: string,
  { folder, root }: Pick<ProcessFacts, 'folder' | 'root'>,
): Promise<Finding[]> {
  const isNamedSo = basename(named).includes('fairway');
  if (!isAbsolute(named) && !/^\.{1,2}\//.test(named)) return [];
  if (!isAbsolute(named) && folder === undefined) return [];
  const file = resolve(folder ?? '/', named);
  const source = await read(root + file).catch((error: NodeJS.ErrnoException) => error);
  if (typeof source !== 'string') return isNamedSo ? [unreadable(file, source)] : [];
  if (!isNamedSo && !source.includes(MARK)) return [];
  if (!source.includes(MARK) || !isWhole(source)) {
    return [problem(`the agent's file ${found(file)} is torn, or is another file`, 'put the whole file in its place')];
  }
  const own = await read(AGENT_FILE).catch(() => undefined);
  if (source === own) return [fine(`the agent is loaded from ${file}, the same as this command has`)];
  return [
    note(
      `the agent is loaded from ${file}, which is not the one of this command`,
      'if its version differs, put the new file in its place and restart the process',
    ),
  ];
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8');
}

function unreadable(file: string, { code }: NodeJS.ErrnoException): Finding {
  if (code === 'ENOENT')
    return problem(
      `the agent's file ${found(file)} is not there: no Node.js process starts with it`,
      'put the file in its place before NODE_OPTIONS names it',
    );
  return note(`the agent's file ${found(file)} cannot be read (${code})`, 'run this as the user of the process');
}

function isWhole(source: string): boolean {
  try {
    compileFunction(source, ['exports', 'require', 'module', '__filename', '__dirname']);
    return true;
  } catch {
    return false;
  }
}
