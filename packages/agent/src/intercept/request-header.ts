import type { ClientRequest, OutgoingHttpHeader } from 'node:http';
import type { HeaderEdit } from '@fairway/core';

/** What Node.js keeps of a request on its way out: the block of headers once it is written, and what is queued. */
interface Outgoing {
  _header: string | null;
  _headerSent: boolean;
  outputData?: { data: unknown }[];
}

/** A header of a request that was not sent yet, by lower-case name. */
export function readHeader(req: ClientRequest, name: string): string | undefined {
  const { _header: block } = req as unknown as Outgoing;
  return block ? fromBlock(block, name) : joined(req.getHeader(name));
}

function joined(value: OutgoingHttpHeader | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value === undefined ? undefined : String(value);
}

function fromBlock(block: string, name: string): string | undefined {
  const values = block.split('\r\n').flatMap((line) => (isNamed(line, name) ? line.slice(name.length + 1).trim() : []));
  return values.length === 0 ? undefined : values.join(', ');
}

function isNamed(line: string, name: string): boolean {
  return line[name.length] === ':' && line.slice(0, name.length).toLowerCase() === name;
}

/**
 * Changes headers of a request that was not sent yet. Where they were given as an array, or `Expect: 100-continue` was, the block is
 * written already, and perhaps queued: then it is edited in both places.
 */
export function editHeaders(req: ClientRequest, edits: readonly HeaderEdit[]): void {
  if (edits.length === 0) return;
  const outgoing = req as unknown as Outgoing;
  const block = outgoing._header;
  if (block) editWritten(outgoing, block, editBlock(block, edits));
  else editUnwritten(req, edits);
}

function editWritten(outgoing: Outgoing, block: string, edited: string): void {
  if (outgoing._headerSent) {
    const queued = outgoing.outputData?.[0];
    if (typeof queued?.data !== 'string' || !queued.data.startsWith(block)) return;
    queued.data = edited + queued.data.slice(block.length);
  }
  outgoing._header = edited;
}

function editUnwritten(req: ClientRequest, edits: readonly HeaderEdit[]): void {
  for (const [name, value] of edits) {
    if (value === null) req.removeHeader(name);
    else req.setHeader(name, value);
  }
}

function editBlock(block: string, edits: readonly HeaderEdit[]): string {
  const [requestLine, ...lines] = block.slice(0, block.indexOf('\r\n\r\n')).split('\r\n');
  const kept = lines.filter((line) => !edits.some(([name]) => isNamed(line, name)));
  const set = edits.flatMap(([name, value]) => (value === null ? [] : `${name}: ${value}`));
  return `${[requestLine, ...kept, ...set].join('\r\n')}\r\n\r\n`;
}
