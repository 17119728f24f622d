import type { Instance, RuntimeHealth, ServiceHealth, SideHealth } from '@fairway/model';
import type { Losses, SideLosses } from '../losses.ts';

const NONE: Losses = { lost: 0, unanswered: 0, ejections: 0 };

/** How the instances of each service are, in a lane beside base. */
export function healthOf(
  services: readonly string[],
  lane: string,
  instances: readonly Instance[],
  losses: ReadonlyMap<string, SideLosses>,
  runtimeOf: (instance: string) => RuntimeHealth | null,
): ServiceHealth[] {
  return services.map((service) => {
    const side = (of: string, { lost, ejections }: Losses): SideHealth => {
      const own = instances.filter((one) => one.service === service && (one.lane ?? '') === of && one.state !== 'gone');
      const runtimes = own.flatMap(({ id }) => runtimeOf(id) ?? []);
      const worst = (value: (runtime: RuntimeHealth) => number) =>
        runtimes.length === 0 ? null : Math.max(...runtimes.map(value));
      return {
        instances: own.length,
        lost,
        ejections,
        loopDelayP99Ms: worst(({ loopDelayP99Ms }) => loopDelayP99Ms),
        rssBytes: worst(({ rssBytes }) => rssBytes),
        cpu: worst(({ cpu }) => cpu),
      };
    };
    const { canary = NONE, base = NONE } = losses.get(service) ?? {};
    return { service, canary: side(lane, canary), base: side('', base) };
  });
}
