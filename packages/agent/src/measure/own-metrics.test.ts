import { readFile } from 'node:fs/promises';
import { prometheusPage } from '@fairway/core';
import type { AgentReport } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import type { Measured } from './measure.ts';
import { OwnMetrics } from './own-metrics.ts';

const report: AgentReport = {
  points: [{ name: 'http', state: 'on', faults: 1, governed: 7, refused: 2, passed: { off: 3 } }],
  bytes: 0,
  droppedLabels: 4,
};
const latency = { sumMs: 40, buckets: [500, 2] };
const measured: Measured = {
  spanMs: 5_000,
  edges: [
    {
      service: 'shop/order',
      instance: 'order-1',
      instanceLane: '',
      lane: 'gray',
      endpoint: '/',
      reason: 'fallback:base',
      outcomes: { '2xx': 2 },
      retried: 0,
      latency,
    },
  ],
  inbound: [{ lane: '', endpoint: '/', outcomes: { '2xx': 1, '5xx': 1 }, latency }],
  inFlight: { 'shop/order': 3 },
  runtime: { cpu: 0.5, rssBytes: 10, heapBytes: 5, loopBusy: 0.25, loopDelayMaxMs: 20, loopDelayP99Ms: 10, gcMs: 1 },
  overflowed: 0,
};

describe('the metrics of a process', () => {
  it('add up what it told, report after report', () => {
    const own = new OwnMetrics();
    own.add(measured);
    own.add(measured);
    const lines = prometheusPage(own.metrics(report)).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'fairway_agent_calls_total{to="shop/order",lane="gray",to_lane="",outcome="2xx"} 4',
        'fairway_agent_calls_duration_seconds_count{to="shop/order",lane="gray",to_lane=""} 4',
        'fairway_agent_calls_duration_seconds_sum{to="shop/order",lane="gray",to_lane=""} 0.08',
        'fairway_agent_served_total{lane="",outcome="5xx"} 2',
        'fairway_agent_calls_in_flight{to="shop/order"} 3',
        'fairway_agent_governed_total{point="http"} 7',
        'fairway_agent_refused_total{point="http"} 2',
        'fairway_agent_passed_total{point="http",reason="off"} 3',
        'fairway_agent_faults_total{point="http"} 1',
        'fairway_agent_dropped_labels_total 4',
        'fairway_agent_untold_kinds_total 0',
        'fairway_agent_cpu_cores 0.5',
        'fairway_agent_event_loop_delay_seconds 0.01',
      ]),
    );
  });

  it('are bounded, and say how much is not in them', () => {
    const own = new OwnMetrics();
    const [edge] = measured.edges;
    const edges = Array.from({ length: 1_010 }, (_, n) => ({ ...edge, service: `shop/s${n}` }) as never);
    own.add({ ...measured, edges, inbound: [] });
    const page = prometheusPage(own.metrics(report));
    expect(page.match(/^fairway_agent_calls_total/gm)).toHaveLength(1_000);
    expect(page).toContain('fairway_agent_untold_kinds_total 10\n');
  });

  it('are those of the page of the documentation', async () => {
    const own = new OwnMetrics();
    own.add(measured);
    const text = await readFile(new URL('../../../../docs/export.md', import.meta.url), 'utf8');
    const told = [...text.matchAll(/`(fairway_agent_\w+)`/g)].map(([, name]) => name);
    expect(told.sort()).toEqual(
      own
        .metrics(report)
        .map(({ name }) => name)
        .sort(),
    );
  });
});
