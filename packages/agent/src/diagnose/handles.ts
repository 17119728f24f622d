import type { AddressInfo } from 'node:net';
import { hostPort } from '@fairway/core';
import type { Handles } from '@fairway/model';

const MAX_LISTENING = 64;
const MAX_PEERS = 100;

/** What an open handle may have; which of it does depends on its kind. */
interface Handle {
  readonly constructor?: { readonly name?: string };
  readonly remoteAddress?: unknown;
  readonly remotePort?: unknown;
  readonly listening?: unknown;
  address?(): unknown;
}

/** Not in the types: its successor tells of no addresses, and Node.js 16 has none. */
interface Inner {
  getActiveResourcesInfo?(): string[];
  _getActiveHandles?(): Handle[];
}

/** What this process holds open. */
export function listHandles(inner: Inner = process as unknown as Inner): Handles {
  const handles = inner._getActiveHandles?.() ?? [];
  const types = inner.getActiveResourcesInfo?.() ?? handles.map((handle) => handle.constructor?.name ?? 'Object');
  const peers = counted(handles.flatMap(peerOf));
  return {
    resources: Object.fromEntries(
      counted(types.map((type) => type.replace(/[^A-Za-z0-9]/g, '').slice(0, 64) || 'Object')).slice(0, 128),
    ),
    listening: [...new Set(handles.flatMap(listeningAt))].slice(0, MAX_LISTENING),
    connections: peers.slice(0, MAX_PEERS).map(([peer, count]) => ({ peer, count })),
  };
}

function counted(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function peerOf({ remoteAddress, remotePort }: Handle): string[] {
  return typeof remoteAddress === 'string' ? [hostPort(remoteAddress, Number(remotePort))] : [];
}

function listeningAt(handle: Handle): string[] {
  if (handle.listening !== true) return [];
  const address = handle.address?.() as AddressInfo | string | null | undefined;
  if (typeof address === 'string') return [address.slice(0, 320)];
  return address ? [hostPort(address.address, address.port)] : [];
}
