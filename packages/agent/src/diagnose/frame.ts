import type { Frame } from '@fairway/model';

/** A function as the engine describes it; lines count from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

export const MAX_FRAMES = 32;

/** A function as it is told. */
export function frameOf({ functionName, url, lineNumber }: CallFrame): Frame {
  const file = url.startsWith('file://') ? url.slice('file://'.length) : url;
  return {
    name: functionName.slice(0, 256) || '(anonymous)',
    file: file.slice(-1024),
    line: Math.max(0, lineNumber + 1),
  };
}
