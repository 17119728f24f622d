import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { HeapSummary } from '@fairway/model';
import { type CallFrame, frameOf, MAX_FRAMES } from './frame.ts';
import { type Post, withInspector } from './inspector.ts';

/** One allocation in so many bytes is looked at: what DevTools do. */
const INTERVAL_BYTES = 32 * 1024;
const MAX_ALLOCATIONS = 50;

/** A node of the engine's sampling profile. */
export interface AllocationNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
}

/** Sums up the memory of this thread, and who allocates while `meanwhile` lasts. */
export async function summarizeHeap(meanwhile: () => Promise<unknown>): Promise<HeapSummary> {
  const head = await withInspector(async (post: Post) => {
    await post('HeapProfiler.startSampling', { samplingInterval: INTERVAL_BYTES });
    await meanwhile();
    return (await post<{ profile: { head: AllocationNode } }>('HeapProfiler.stopSampling')).profile.head;
  });
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    externalBytes: external,
    spaces: getHeapSpaceStatistics().map((space) => ({
      name: space.space_name,
      usedBytes: space.space_used_size,
      sizeBytes: space.space_size,
    })),
    allocations: allocationsOf(head),
  };
}

/** The functions that allocated most, each with its callers. */
export function allocationsOf(head: AllocationNode): HeapSummary['allocations'] {
  const found: { bytes: number; stack: readonly CallFrame[] }[] = [];
  const waiting: { node: AllocationNode; stack: readonly CallFrame[] }[] = [{ node: head, stack: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, stack } = next;
    if (node.selfSize > 0) found.push({ bytes: Math.round(node.selfSize), stack });
    for (const child of node.children) {
      waiting.push({ node: child, stack: [child.callFrame, ...stack.slice(0, MAX_FRAMES - 1)] });
    }
  }
  return found
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_ALLOCATIONS)
    .map(({ bytes, stack }) => ({ bytes, frames: stack.map(frameOf) }));
}
