import { FairwayError, found, type Release, type Resource } from '@fairway/model';

/** Fields that name whose traffic something is about. */
const NAMING: ReadonlySet<string> = new Set(['service', 'services']);

/**
 * Who may change one namespace alone names no service of another: its traffic would be steered from outside.
 * @throws FairwayError FAIRWAY_FORBIDDEN, naming the field
 */
export function refuseForeign({ spec }: Pick<Resource | Release, 'spec'>, own: string): void {
  for (const { path, name } of named(spec, 'spec')) {
    if (!name.includes('/') || name.startsWith(`${own}/`)) continue;
    throw new FairwayError(
      'FAIRWAY_FORBIDDEN',
      `${path}: found ${found(name)}, expected a service of namespace ${own}, which the token or user is for`,
    );
  }
}

/** The services that a value names, wherever in it, and where. */
function named(value: unknown, path: string): { readonly path: string; readonly name: string }[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => named(one, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const at = `${path}.${key}`;
    if (!NAMING.has(key)) return named(part, at);
    const names = [part].flat().filter((name) => typeof name === 'string');
    return names.length > 0 ? names.map((name) => ({ path: at, name })) : named(part, at);
  });
}
