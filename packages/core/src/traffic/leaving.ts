import type { Instance } from '@fairway/model';

/**
 * What is left of ready instances of which some told that they leave: those are draining, save for ports that no other in their lane has. An
 * instance is often known before all of its ports are, and one that leaves serves as long as it is needed.
 *
 *     a ready 80 81, b leaving 80 81         -> b is draining
 *     a ready 80, b and c leaving 80 81      -> b and c are ready on 81
 *     b leaving 80                           -> as it is
 */
export function left(instances: readonly Instance[], isLeaving: (one: Instance) => boolean): readonly Instance[] {
  const leaving = new Set(instances.filter((one) => one.state === 'ready' && isLeaving(one)));
  if (leaving.size === 0) return instances;
  const served = new Set<string>();
  for (const one of instances) {
    if (one.state !== 'ready' || leaving.has(one)) continue;
    for (const port of one.ports) served.add(`${port} ${one.lane ?? ''}`);
  }
  return instances.map((one) => {
    if (!leaving.has(one)) return one;
    const ports = one.ports.filter((port) => !served.has(`${port} ${one.lane ?? ''}`));
    return ports.length === 0 ? { ...one, state: 'draining' } : { ...one, ports };
  });
}
