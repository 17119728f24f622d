import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;
const CHUNK_BYTES = 64 * 1024;

/** Bytes in a file; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  try {
    const handle = await open(file);
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch {
    return 0;
  }
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Hands over the lines that a log gains from `offset` on, until `isEnough` says so.
 *
 * @returns whether that was within `timeoutMs`
 */
export async function followLog(
  file: string,
  offset: number,
  timeoutMs: number,
  isEnough: (line: string) => boolean,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let at = offset;
  let rest = '';
  while (performance.now() < deadline) {
    const chunk = await readFrom(file, at);
    at += chunk.length;
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (lines.some(isEnough)) return true;
    if (chunk.length === 0) await delay(POLL_MS);
  }
  return false;
}
