/** A request that is sent over and over. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests at a fixed rate over kept connections. */
export interface RateOrder extends Target {
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

/** What came of them: latencies from when each request was due. */
export interface RateOutcome {
  readonly requests: number;
  /** Answered with another status than 200, or not at all. */
  readonly failed: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
  /** The generator's own part: from when a request was due until it was about to be sent. */
  readonly lateP50Micros: number;
  readonly lateP99Micros: number;
}

/** So many requests, each kept connection as fast as it is answered; the targets, all of one host, in turn. */
export interface CountOrder {
  readonly targets: readonly Target[];
  readonly requests: number;
  readonly connections: number;
}

export interface CountOutcome {
  readonly requests: number;
  readonly failed: number;
}
