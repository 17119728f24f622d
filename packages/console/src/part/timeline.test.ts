import { describe, expect, it } from 'vitest';
import { spansOf } from './timeline.tsx';

const at = (second: number) => new Date(second * 1000).toISOString();

describe('the spans of an instance', () => {
  it('follow each other until the end', () => {
    const transitions = [
      { what: 'ready', at: at(1), by: null },
      { what: 'draining', at: at(3), by: null },
    ] as const;
    expect(spansOf({ transitions: [...transitions] }, 9_000)).toEqual([
      { what: 'ready', fromMs: 1_000, toMs: 3_000 },
      { what: 'draining', fromMs: 3_000, toMs: 9_000 },
    ]);
  });

  it('end when it is gone', () => {
    expect(spansOf({ transitions: [{ what: 'gone', at: at(3), by: null }] }, 9_000)).toEqual([]);
  });
});
