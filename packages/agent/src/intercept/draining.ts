/** On answers of an instance that is about to end. */
export const DRAINING_HEADER = 'x-fairway-draining';

/** Whether an answer says so, by its names and values one after the other, text or bytes: node:http makes other forms only when asked. */
export function saysDraining(rawHeaders: readonly unknown[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) if (isDrainingHeader(rawHeaders[i])) return true;
  return false;
}

function isDrainingHeader(name: unknown): boolean {
  const { length } = name as { length: number };
  return length === DRAINING_HEADER.length && String(name).toLowerCase() === DRAINING_HEADER;
}
