import type { InboundCount, Outcome } from '@fairway/model';
import { MAX_ENDPOINTS, type MeasureBounds } from './bounds.ts';
import { Cell } from './cell.ts';
import { endpointOf, OTHER_ENDPOINT } from './endpoint.ts';

/** Lanes that are told apart in one report. */
const MAX_LANES = 200;

/** Counts what one process is asked, by lane and endpoint, whoever asks. */
export class InboundMeter {
  readonly #bounds: MeasureBounds;
  #lanes = new Map<string, Map<string, Cell>>();
  #overflow: Cell | undefined;

  constructor(bounds: MeasureBounds) {
    this.#bounds = bounds;
  }

  /** A request was answered, or came to nothing. `lane`: empty for base. */
  ended(lane: string, url: string, outcome: Outcome, ms: number): void {
    if (this.#bounds.isOn) this.#cell(lane, url).count(outcome, ms);
  }

  #cell(lane: string, url: string): Cell {
    const cells = this.#ofLane(lane);
    return cells ? this.#ofEndpoint(cells, endpointOf(url)) : this.#overflowing();
  }

  /** undefined: there are too many. */
  #ofLane(lane: string): Map<string, Cell> | undefined {
    const known = this.#lanes.get(lane);
    if (known || this.#lanes.size >= MAX_LANES) return known;
    const made = new Map<string, Cell>();
    this.#lanes.set(lane, made);
    return made;
  }

  #ofEndpoint(cells: Map<string, Cell>, endpoint: string): Cell {
    const known = cells.get(endpoint);
    if (known) return known;
    if (cells.size >= MAX_ENDPOINTS && endpoint !== OTHER_ENDPOINT) {
      this.#bounds.overflowed++;
      return this.#ofEndpoint(cells, OTHER_ENDPOINT);
    }
    if (!this.#bounds.takeCell()) return this.#overflowing();
    const made = new Cell();
    cells.set(endpoint, made);
    return made;
  }

  #overflowing(): Cell {
    this.#bounds.overflowed++;
    this.#overflow ??= new Cell();
    return this.#overflow;
  }

  /** All of it; what is counted from now on is told the next time. */
  take(): InboundCount[] {
    const counts: InboundCount[] = [];
    for (const [lane, cells] of this.#lanes) {
      for (const [endpoint, cell] of cells) counts.push({ lane, endpoint, ...cell.told() });
    }
    if (this.#overflow) counts.push({ lane: '', endpoint: OTHER_ENDPOINT, ...this.#overflow.told() });
    this.#lanes = new Map();
    this.#overflow = undefined;
    return counts;
  }
}
