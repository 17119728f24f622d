// The load, in a process of its own: one burst for each message, one answer for each burst.
import autocannon from 'autocannon';

export interface Burst {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly requests: number;
}

export interface BurstResult {
  readonly requests: number;
  readonly failed: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function run(burst: Burst): Promise<BurstResult> {
  const { url, headers, connections, requests } = burst;
  const start = process.hrtime.bigint();
  const result = await autocannon({ url, headers, connections, amount: requests, timeout: 10 });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { p50, p99 } = result.latency;
  const failed = result.errors + result.timeouts + result.non2xx;
  return { requests: result['2xx'], failed, requestsPerSecond: result['2xx'] / seconds, p50Ms: p50, p99Ms: p99 };
}

process.on('message', (burst: Burst) => {
  run(burst).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
