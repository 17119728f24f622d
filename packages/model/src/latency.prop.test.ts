import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketLatencyMs, LAST_BUCKET, Latencies, latencyBucket } from './latency.ts';

/** From a microsecond to 59 minutes: where the error is held. */
const latency = fc.double({ min: 0.001, max: 3_540_000, noNaN: true });
const sample = fc.array(latency, { minLength: 1, maxLength: 200 });
const HELD = 0.01 + 1e-9;

function of(values: readonly number[]): Latencies {
  const latencies = new Latencies();
  for (const value of values) latencies.add(value);
  return latencies;
}

it('every latency is within 1 % of what stands for its bucket, and any number has a bucket', () => {
  fc.assert(
    fc.property(latency, (ms) => {
      expect(Math.abs(bucketLatencyMs(latencyBucket(ms)) - ms) / ms).toBeLessThanOrEqual(HELD);
    }),
  );
  for (const ms of [0, -1, 1e-9]) expect(latencyBucket(ms)).toBe(0);
  for (const ms of [1e9, Number.POSITIVE_INFINITY]) expect(latencyBucket(ms)).toBe(LAST_BUCKET);
});

it('quantiles are within 1 % of those of the latencies themselves', () => {
  fc.assert(
    fc.property(sample, fc.constantFrom(0, 0.25, 0.5, 0.9, 0.99, 1), (values, share) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
      const told = of(values).quantileMs(share) as number;
      expect(Math.abs(told - exact) / exact).toBeLessThanOrEqual(HELD);
    }),
  );
  expect(new Latencies().quantileMs(0.5)).toBeUndefined();
});

it('what is merged is what was counted together, in any order and over the wire', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 5 }), (samples) => {
      const merged = new Latencies();
      for (const values of samples.toReversed()) merged.merge(of(values));
      const wired = new Latencies();
      for (const values of samples) wired.addPairs(JSON.parse(JSON.stringify(of(values).pairs())));
      const together = of(samples.flat());
      expect(merged.pairs()).toEqual(together.pairs());
      expect(wired.pairs()).toEqual(together.pairs());
      expect([merged.total, wired.total]).toEqual([together.total, together.total]);
    }),
  );
});
