import type { TraceSummary } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, parseWhole, type RemoteOptions } from '../option.ts';
import { show, table } from '../terminal.ts';
import { traceText } from '../trace-text.ts';

interface TracesOptions extends RemoteOptions {
  readonly service?: string;
  readonly lane?: string;
  readonly minMs?: number;
  readonly errors?: boolean;
  readonly limit: number;
}

const HEAD = ['ID', 'STARTED', 'MS', 'HOPS', 'ERRORS', 'LANE', 'SERVICE', 'REQUEST'];
const MAX_MS = 86_400_000;
const MAX_LISTED = 200;

function listText(traces: readonly TraceSummary[]): string {
  if (traces.length === 0) return 'no request: agents make spans where the Namespace says so (spec.traces)';
  const rows = traces.map(({ id, startedAt, tookMs, hops, errors, lane, service, method, path }) => [
    id,
    startedAt,
    tookMs.toFixed(1),
    String(hops),
    String(errors),
    lane || 'base',
    service,
    `${method} ${path}`,
  ]);
  return table(HEAD, rows);
}

async function traces(id: string | undefined, options: TracesOptions): Promise<void> {
  const client = await connect(options);
  if (id !== undefined) {
    const trace = await client.trace(id);
    return show(options.json, trace, () => traceText(trace));
  }
  const { service, lane, minMs, errors, limit } = options;
  const found = await client.traces({ service, lane, minDurationMs: minMs, error: errors, limit });
  show(options.json, found, () => listText(found));
}

/** `fairway traces`. */
export function tracesCommand(): Command {
  const examples = [
    'fairway traces --service shop/order --lane gray --errors',
    'fairway traces 4bf92f3577b34da6a3ce929d0e0e4736',
  ];
  return addConnection(
    command('traces', 'List recent requests of which agents made spans, or tell one of them', examples),
  )
    .argument('[id]', 'tell this request, hop by hop')
    .option('--service <name>', 'that came to this service, as namespace/name')
    .option('--lane <name>', 'of this lane; base for none')
    .option('--min-ms <ms>', 'that took so long or longer', parseWhole('--min-ms', 0, MAX_MS))
    .option('--errors', 'in which something failed')
    .option('--limit <count>', 'so many at most', parseWhole('--limit', 1, MAX_LISTED), 50)
    .action(traces);
}
