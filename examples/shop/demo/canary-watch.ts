import type { Client } from '@fairway/client';
import type { JudgeOptions } from './judge.ts';

/** Knows when the canary was on, off, or on its way between them. */
export interface CanaryWatch {
  /** What to grant to a request that was under way between the two times of `performance.now()`. */
  during(startedMs: number, endedMs: number): JudgeOptions;
}

const GRAY = { namespace: 'shop', kind: 'Lane', name: 'gray' } as const;
const GRAY_KEY = `${GRAY.namespace}/${GRAY.kind}/${GRAY.name}`;
/** Around the moment at which a change is heard of, agents may route by either state. */
const MARGIN_MS = 1_000;

/** Follows the lane `gray` until the signal aborts. */
export function watchCanary(client: Client, signal: AbortSignal): CanaryWatch {
  const changes: { readonly atMs: number; readonly off: boolean }[] = [];
  const follow = async () => {
    for await (const event of client.events(signal)) {
      if (event.type === 'connected' || (event.type === 'resource' && event.key === GRAY_KEY)) await look();
    }
  };
  const look = async () => {
    const atMs = performance.now();
    const off = await isOff(client);
    if (off !== (changes.at(-1)?.off ?? false)) changes.push({ atMs, off });
  };
  follow().catch((error: Error) => {
    if (!signal.aborted) console.error(`changes of the canary are not followed: ${error.message}`);
  });
  return {
    during: (startedMs, endedMs) => ({
      switching: changes.some(({ atMs }) => startedMs <= atMs + MARGIN_MS && endedMs >= atMs - MARGIN_MS),
      canaryOff: changes.findLast(({ atMs }) => atMs <= startedMs)?.off ?? false,
    }),
  };
}

/** A lane that is deleted or cannot be read now counts as on. */
async function isOff(client: Client): Promise<boolean> {
  const { resource } = await client.get(GRAY);
  return resource.kind === 'Lane' && resource.spec.enabled === false;
}
