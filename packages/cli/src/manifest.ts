import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as streamText } from 'node:stream/consumers';
import {
  check,
  checkResource,
  FairwayError,
  isFairwayError,
  type Problem,
  type Release,
  type Resource,
} from '@fairway/model';

/** A resource and the place where it was written. */
export interface Written {
  readonly resource: Resource;
  /** For example `lanes.yaml: document 2`. */
  readonly place: string;
}

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 2000;

/** A document of a file, of any form. */
export interface Document {
  readonly value: unknown;
  readonly place: string;
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return streamText(process.stdin);
  const { size } = await stat(file).catch((cause) => {
    throw new FairwayError('FAIRWAY_INVALID', `${file}: cannot be read (${(cause as Error).message})`, { cause });
  });
  if (size > MAX_FILE_BYTES) {
    throw new FairwayError('FAIRWAY_TOO_LARGE', `${file}: found ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
  }
  return readFile(file, 'utf8');
}

/** The files that a path means: itself, or all YAML and JSON files below a directory, in the order of their names. */
async function filesOf(path: string): Promise<string[]> {
  const isDirectory = path !== '-' && (await stat(path).catch(() => undefined))?.isDirectory();
  if (!isDirectory) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => /\.(?:ya?ml|json)$/.test(name)).sort();
  if (files.length > MAX_FILES)
    throw new FairwayError('FAIRWAY_TOO_LARGE', `${path}: found ${files.length} files, expected at most ${MAX_FILES}`);
  return files.map((name) => join(path, name));
}

/** Reads the documents of a YAML (or JSON) file. @throws FairwayError FAIRWAY_INVALID naming file, line and reason */
export async function readDocuments(file: string): Promise<Document[]> {
  const name = file === '-' ? 'standard input' : file;
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(await textOf(file), { lineCounter, prettyErrors: true });
  return [...documents].flatMap((document, i) => {
    const place = `${name}: document ${i + 1}`;
    const [error] = document.errors;
    if (error) throw new FairwayError('FAIRWAY_INVALID', `${place}: ${error.message.trimEnd()}`);
    try {
      const value = document.toJS({ maxAliasCount: 100 });
      return value === null || value === undefined ? [] : [{ value, place }];
    } catch (cause) {
      throw new FairwayError('FAIRWAY_INVALID', `${place}: ${(cause as Error).message}`, { cause });
    }
  });
}

function placed(place: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: problem.path === '' ? place : `${place}: ${problem.path}` }));
}

/**
 * Reads resources from files, directories and standard input (`-`), and checks their form.
 *
 * @throws FairwayError FAIRWAY_INVALID with every problem, each with its file and document
 */
export async function readManifests(paths: readonly string[], namespace?: string): Promise<Written[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const documents = (await Promise.all(files.map(readDocuments))).flat();
  const problems = documents.flatMap(({ value, place }) => placed(place, checkResource(value)));
  if (problems.length > 0)
    throw new FairwayError('FAIRWAY_INVALID', 'the resources are not what was expected', { problems });
  if (documents.length === 0) throw new FairwayError('FAIRWAY_INVALID', `${paths.join(', ')}: found no resource`);
  return documents.map(({ value, place }) => ({ resource: inNamespace(value as Resource, namespace), place }));
}

function inNamespace(resource: Resource, namespace: string | undefined): Resource {
  if (namespace === undefined || resource.kind === 'Namespace' || resource.metadata.namespace !== undefined)
    return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } } as Resource;
}

/** Reads the one release of a file. @throws FairwayError FAIRWAY_INVALID with every problem */
export async function readRelease(
  file: string,
  over: { readonly name?: string | undefined; readonly namespace?: string | undefined },
): Promise<Release> {
  const documents = await readDocuments(file);
  const [document] = documents;
  if (!document || documents.length > 1) {
    throw new FairwayError('FAIRWAY_INVALID', `${file}: found ${documents.length} documents, expected one Release`);
  }
  const problems = placed(document.place, check('Release', document.value));
  if (problems.length > 0)
    throw new FairwayError('FAIRWAY_INVALID', 'the release is not what was expected', { problems });
  const release = document.value as Release;
  const { name = release.metadata.name } = over;
  const namespace = release.metadata.namespace ?? over.namespace;
  return { ...release, metadata: { ...release.metadata, name, ...(namespace === undefined ? {} : { namespace }) } };
}

/** An error of the control plane about resources, said of the files that they came from. */
export function placedError(error: unknown, written: readonly Written[]): unknown {
  if (!isFairwayError(error) || error.problems.length === 0) return error;
  const problems = error.problems.map((problem) => {
    const [, index, rest = ''] = /^resources\[(\d+)\]\.?(.*)$/s.exec(problem.path) ?? [];
    const place = index === undefined ? undefined : written[Number(index)]?.place;
    return place === undefined ? problem : { ...problem, path: rest === '' ? place : `${place}: ${rest}` };
  });
  return new FairwayError(error.code, 'the resources are not what was expected', { problems, cause: error });
}
