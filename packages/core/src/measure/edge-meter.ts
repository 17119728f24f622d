import type { EdgeCount, Outcome } from '@fairway/model';
import type { Eligible } from '../eligible.ts';
import type { Peer } from '../traffic/peer.ts';
import { MAX_ENDPOINTS, type MeasureBounds } from './bounds.ts';
import { Cell } from './cell.ts';
import { endpointOf, OTHER_ENDPOINT } from './endpoint.ts';

/** Why calls go where they go. */
type Way = Pick<Eligible, 'lane' | 'reason'>;

interface EdgeCell {
  readonly way: Way;
  readonly cell: Cell;
}

/** Of one endpoint: by instance, null where none took it. Few ways lead to one instance: they are looked through. */
type ByPeer = Map<Peer | null, EdgeCell[]>;

/**
 * Counts what one caller sends to one service: by instance, endpoint, lane and reason. Cells are found by identity;
 * nothing but the endpoint's text is made for a call of a kind that was counted since the last report.
 */
export class EdgeMeter {
  readonly #service: string;
  readonly #bounds: MeasureBounds;
  #cells = new Map<string, ByPeer>();
  #overflow: Cell | undefined;

  /** `service`: who is called, in full. */
  constructor(service: string, bounds: MeasureBounds) {
    this.#service = service;
    this.#bounds = bounds;
  }

  /** A call is over. `peer` null: no instance took it. Bytes: of the bodies that were sent and received. */
  ended(
    peer: Peer | null,
    way: Way,
    url: string,
    outcome: Outcome,
    ms: number,
    sentBytes = 0,
    receivedBytes = 0,
  ): void {
    if (this.#bounds.isOn) this.#cell(peer, way, url).countCall(outcome, ms, sentBytes, receivedBytes);
  }

  /** An attempt failed, and another was made. */
  replaced(peer: Peer, way: Way, url: string): void {
    if (this.#bounds.isOn) this.#cell(peer, way, url).retried++;
  }

  #cell(peer: Peer | null, way: Way, url: string): Cell {
    const cells = this.#ofEndpoint(endpointOf(url));
    const ofPeer = cells.get(peer);
    if (ofPeer) {
      for (const known of ofPeer) if (known.way.lane === way.lane && known.way.reason === way.reason) return known.cell;
    }
    if (!this.#bounds.takeCell()) return this.#overflowing();
    const made = { way: { lane: way.lane, reason: way.reason }, cell: new Cell() };
    if (ofPeer) ofPeer.push(made);
    else cells.set(peer, [made]);
    return made.cell;
  }

  #ofEndpoint(endpoint: string): ByPeer {
    const known = this.#cells.get(endpoint);
    if (known) return known;
    const isOver = this.#cells.size >= MAX_ENDPOINTS && endpoint !== OTHER_ENDPOINT;
    if (isOver) {
      this.#bounds.overflowed++;
      return this.#ofEndpoint(OTHER_ENDPOINT);
    }
    const made: ByPeer = new Map();
    this.#cells.set(endpoint, made);
    return made;
  }

  #overflowing(): Cell {
    this.#bounds.overflowed++;
    this.#overflow ??= new Cell();
    return this.#overflow;
  }

  /** All of it; what is counted from now on is told the next time. */
  take(): EdgeCount[] {
    const edges: EdgeCount[] = [];
    const service = this.#service;
    for (const [endpoint, byPeer] of this.#cells) {
      for (const [peer, ways] of byPeer) {
        const instance = peer ? { instance: peer.instance.id, instanceLane: peer.instance.lane ?? '' } : {};
        for (const { way, cell } of ways) {
          edges.push({ service, ...instance, ...way, endpoint, ...cell.toldOfCalls() });
        }
      }
    }
    if (this.#overflow) {
      const nowhere = { lane: '', reason: 'overflow', endpoint: OTHER_ENDPOINT };
      edges.push({ service, ...nowhere, ...this.#overflow.toldOfCalls() });
    }
    this.#cells = new Map();
    this.#overflow = undefined;
    return edges;
  }
}
