import type { Instance } from '@fairway/model';

/** An instance as it is some milliseconds after it was told: one that warms up is older. */
export function aged(instance: Instance, elapsedMs: number): Instance {
  const { readyForMs } = instance;
  if (readyForMs === undefined) return instance;
  return { ...instance, readyForMs: readyForMs + Math.max(0, Math.round(elapsedMs)) };
}
