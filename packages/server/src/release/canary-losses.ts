import { type LossRecord, servicesOf } from '@fairway/control';
import type { Instance, Release } from '@fairway/model';

/** Lines that are kept, the latest. */
const MAX_LINES = 20_000;

interface Line {
  readonly atMs: number;
  readonly service: string;
  readonly lane: string;
  readonly lost: number;
  readonly ejections: number;
}

/** What the loss ledger says of instances in lanes, since this process began. */
export class CanaryLosses {
  readonly #instanceOf: (id: string) => Instance | undefined;
  /** Lanes of instances that came, also of those that went. */
  readonly #lanes = new Map<string, string>();
  #lines: Line[] = [];

  constructor(instanceOf: (id: string) => Instance | undefined) {
    this.#instanceOf = instanceOf;
  }

  add(record: LossRecord): void {
    const { instance, service, atMs } = record;
    const lane = this.#laneOf(instance);
    if (lane === '') return;
    const lost = record.type === 'count' ? Object.values(record.failed).reduce((sum, count) => sum + count, 0) : 0;
    const ejections = record.type === 'transition' && record.what === 'ejected' ? 1 : 0;
    if (lost === 0 && ejections === 0) return;
    this.#lines.push({ atMs, service, lane, lost, ejections });
    if (this.#lines.length > 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  /** Of a release's services in its lane, since a time. */
  of(release: Release, sinceMs: number): { lost: number; ejections: number } {
    const services = new Set(servicesOf(release));
    const own = this.#lines.filter(
      ({ atMs, service, lane }) => atMs >= sinceMs && lane === release.spec.lane && services.has(service),
    );
    return {
      lost: own.reduce((sum, { lost }) => sum + lost, 0),
      ejections: own.reduce((sum, { ejections }) => sum + ejections, 0),
    };
  }

  #laneOf(id: string): string {
    const present = this.#instanceOf(id)?.lane;
    if (present !== undefined && present !== '') {
      this.#lanes.set(id, present);
      if (this.#lanes.size > MAX_LINES) this.#lanes.delete(this.#lanes.keys().next().value ?? '');
    }
    return present ?? this.#lanes.get(id) ?? '';
  }
}
