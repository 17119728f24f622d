import type { CountRecord, LossRecord, SideLosses, Window } from '@fairway/control';
import type { Instance } from '@fairway/model';

/** Lines that are kept of lanes, and as many of base: the latest. */
const MAX_LINES = 20_000;

interface Line {
  readonly atMs: number;
  readonly service: string;
  readonly lane: string;
  readonly lost: number;
  readonly unanswered: number;
  readonly ejections: number;
}

/** What the loss ledger says of instances in lanes and in base, since this process began. */
export class LossesBySide {
  readonly #instanceOf: (id: string) => Instance | undefined;
  /** Lanes of instances that came, also of those that went. */
  readonly #lanes = new Map<string, string>();
  #ofLanes: Line[] = [];
  #ofBase: Line[] = [];

  constructor(instanceOf: (id: string) => Instance | undefined) {
    this.#instanceOf = instanceOf;
  }

  add(record: LossRecord): void {
    const { instance, service, atMs } = record;
    const lane = this.#laneOf(instance);
    const { lost, unanswered } = record.type === 'count' ? failuresOf(record) : { lost: 0, unanswered: 0 };
    const ejections = record.type === 'transition' && record.what === 'ejected' ? 1 : 0;
    if (lane === undefined || (lost === 0 && ejections === 0)) return;
    const line = { atMs, service, lane, lost, unanswered, ejections };
    if (lane === '') this.#ofBase = added(this.#ofBase, line);
    else this.#ofLanes = added(this.#ofLanes, line);
  }

  /** Of services in a lane and in base, over a time. */
  of(services: Iterable<string>, lane: string, { fromMs, toMs }: Window): Map<string, SideLosses> {
    const none = () => ({ lost: 0, unanswered: 0, ejections: 0 });
    const sides = new Map([...services].map((service) => [service, { canary: none(), base: none() }]));
    const addTo = (side: 'canary' | 'base', lines: readonly Line[], wanted: string) => {
      for (const one of lines) {
        const isWithin = one.atMs >= fromMs && one.atMs < toMs;
        const sum = isWithin && one.lane === wanted ? sides.get(one.service)?.[side] : undefined;
        if (!sum) continue;
        sum.lost += one.lost;
        sum.unanswered += one.unanswered;
        sum.ejections += one.ejections;
      }
    };
    addTo('canary', this.#ofLanes, lane);
    addTo('base', this.#ofBase, '');
    return sides;
  }

  /** undefined: it was never seen. */
  #laneOf(id: string): string | undefined {
    const present = this.#instanceOf(id);
    if (!present) return this.#lanes.get(id);
    const lane = present.lane ?? '';
    this.#lanes.set(id, lane);
    if (this.#lanes.size > MAX_LINES) this.#lanes.delete(this.#lanes.keys().next().value ?? '');
    return lane;
  }
}

function failuresOf({ failed }: CountRecord): { lost: number; unanswered: number } {
  const sums = { lost: 0, unanswered: 0 };
  for (const [reason, count] of Object.entries(failed)) {
    sums.lost += count;
    if (!reason.startsWith('status:')) sums.unanswered += count;
  }
  return sums;
}

function added(lines: Line[], line: Line): Line[] {
  lines.push(line);
  return lines.length > 2 * MAX_LINES ? lines.slice(-MAX_LINES) : lines;
}
