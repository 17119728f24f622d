import type { GatewayEntry } from '@fairway/model';
import { writeDestination } from './destination.ts';
import { writeEntries } from './entry-rule.ts';
import type { GatewayView, Section } from './http.ts';
import { PoolBook } from './pool.ts';
import { TCP_READER } from './source.ts';
import { VariableBook } from './variable-book.ts';

/**
 * Renders the TCP entries. A connection carries no label: the instance that takes it gives its own lane to what it
 * calls. @throws FairwayError FAIRWAY_GATEWAY_REFUSED for a rule that asks for more than the client's address
 */
export function renderStream(view: GatewayView, entries: readonly GatewayEntry[]): Section {
  const book = new VariableBook();
  const { gateway, namespace, resources } = view;
  const scope = { book, reader: TCP_READER, gateway, namespace };
  const lane = view.isEnabled && entries.length > 0 ? book.first(writeEntries(scope, resources)) : '';
  const upstreams: string[] = [];
  const servers = entries.map((entry) => {
    const pool = new PoolBook(entry, namespace, resources, view.instances);
    const upstream = writeDestination(book, TCP_READER, pool, view.isEnabled ? resources : [], lane);
    upstreams.push(pool.text(''));
    // NGINX has no word for "refuse": a connection to an address that cannot be ends at once.
    const target = upstream === '' ? 'unix:/nonexistent' : upstream;
    return `server {\n    listen ${entry.listen};\n    proxy_pass ${target};\n}\n`;
  });
  return { variables: book.text(), upstreams: upstreams.join(''), servers: servers.join('') };
}
