import { FairwayError } from '@fairway/model';

/** Headers as they are given on a command line, `name: value`, by lower-case name. @throws FairwayError FAIRWAY_INVALID */
export function headersOf(lines: readonly string[] = []): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0)
      throw new FairwayError('FAIRWAY_INVALID', `header: found ${JSON.stringify(line)}, expected "name: value"`);
    const name = line.slice(0, colon).trim().toLowerCase();
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()];
  }
  return headers;
}
