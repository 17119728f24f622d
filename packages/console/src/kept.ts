import { useRef } from 'react';

/**
 * Items as they were made before where they look the same: what is drawn of them is then not drawn again. `lookOf`: all that is seen
 * of an item, its identity included.
 */
export function useKept<T>(items: readonly T[], lookOf: (item: T) => string): T[] {
  const before = useRef<ReadonlyMap<string, T>>(new Map());
  const now = new Map(
    items.map((item) => {
      const look = lookOf(item);
      return [look, before.current.get(look) ?? item] as const;
    }),
  );
  before.current = now;
  return [...now.values()];
}
