import { compileRules, policyOf, type Rules, warmupShare } from '@fairway/core';
import type { Instance, Resource } from '@fairway/model';

/** A share is rendered in tenths, so that a warm-up is at most ten configurations. */
const STEPS = 10;
const DEFAULT_WEIGHT = 100;

function warmup(rules: Rules, service: string) {
  return policyOf(rules.policies, service).warmup;
}

/** An instance with the weight that it has while it warms up; one that is warm, as it is. */
export function warmed(rules: Rules, instance: Instance): Instance {
  const { readyForMs, service, weight = DEFAULT_WEIGHT } = instance;
  if (readyForMs === undefined) return instance;
  const share = Math.max(1, Math.round(warmupShare(warmup(rules, service), readyForMs) * STEPS)) / STEPS;
  return share === 1 || weight === 0 ? instance : { ...instance, weight: Math.max(1, Math.round(weight * share)) };
}

/** Instances as they are so much later. */
export function aged<T extends Pick<Instance, 'readyForMs'>>(instances: readonly T[], byMs: number): T[] {
  return instances.map((one) =>
    one.readyForMs === undefined ? one : { ...one, readyForMs: Math.round(one.readyForMs + byMs) },
  );
}

/** Whether weights will change without anybody's doing. */
export function isWarming(namespace: string, resources: readonly Resource[], instances: readonly Instance[]): boolean {
  const young = instances.filter(({ state, readyForMs }) => state === 'ready' && readyForMs !== undefined);
  if (young.length === 0) return false;
  const rules = compileRules(namespace, resources);
  return young.some(({ service, readyForMs = 0 }) => readyForMs < warmup(rules, service).durationMs);
}
