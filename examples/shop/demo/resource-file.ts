import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@fairway/model';
import { parseAllDocuments } from 'yaml';
import type { Entries } from './send.ts';

/** Where the resources are that people apply by hand. */
export const RESOURCES = fileURLToPath(new URL('../resources/', import.meta.url));

/** Reads the resources of one file; the control plane checks them. @throws Error for a file that is not YAML */
export async function readResources(name: string): Promise<Resource[]> {
  const documents = parseAllDocuments(await readFile(`${RESOURCES}${name}`, 'utf8'));
  return documents.map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as Resource;
  });
}

/** The gateway of gateway.yaml, listening where this run has free ports. */
export async function readGateway(entries: Entries): Promise<Resource[]> {
  const resources = await readResources('gateway.yaml');
  return resources.map((resource) => {
    if (resource.kind !== 'Gateway') return resource;
    const moved = resource.spec.entries.map((entry) => {
      const { host, port } = entries[entry.protocol];
      return { ...entry, listen: `${host}:${port}` };
    });
    return { ...resource, spec: { ...resource.spec, entries: moved } };
  });
}
