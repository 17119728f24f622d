import { type EdgeCount, type InboundCount, Latencies, OUTCOMES, type Outcome } from '@fairway/model';

const BY_CLASS: readonly Outcome[] = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** The outcome that a status is. */
export function outcomeOf(status: number): Outcome {
  return BY_CLASS[Math.floor(status / 100)] ?? '5xx';
}

/** What was counted of calls of one kind. */
export class Cell {
  readonly outcomes: Record<Outcome, number> = {
    '1xx': 0,
    '2xx': 0,
    '3xx': 0,
    '4xx': 0,
    '5xx': 0,
    refused: 0,
    reset: 0,
    timeout: 0,
    abandoned: 0,
    none: 0,
  };
  readonly latencies = new Latencies();
  retried = 0;
  sumMs = 0;
  sentBytes = 0;
  receivedBytes = 0;

  count(outcome: Outcome, ms: number): void {
    this.outcomes[outcome]++;
    this.sumMs += ms;
    this.latencies.add(ms);
  }

  countCall(outcome: Outcome, ms: number, sentBytes: number, receivedBytes: number): void {
    this.count(outcome, ms);
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
  }

  /** As it is reported. */
  told(): Pick<InboundCount, 'outcomes' | 'latency'> {
    const entries = OUTCOMES.flatMap((outcome) =>
      this.outcomes[outcome] > 0 ? [[outcome, this.outcomes[outcome]]] : [],
    );
    const sumMs = Math.round(this.sumMs * 1000) / 1000;
    return { outcomes: Object.fromEntries(entries), latency: { sumMs, buckets: this.latencies.pairs() } };
  }

  /** The same, with what is counted of calls alone. */
  toldOfCalls(): Pick<EdgeCount, 'outcomes' | 'latency' | 'retried' | 'sentBytes' | 'receivedBytes'> {
    const { retried, sentBytes, receivedBytes } = this;
    return { ...this.told(), retried, sentBytes, receivedBytes };
  }
}
