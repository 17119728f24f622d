import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { serve } from '../testbed.ts';

const read = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8');

async function metricsOf(): Promise<string[]> {
  const bed = await serve();
  return [...(await bed.text('/metrics')).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => String(name)).sort();
}

it('the table of metrics is what is served', async () => {
  const rows = [...(await read('docs/measurement.md')).matchAll(/^\| `(fairway_\w+)`/gm)].map(([, name]) =>
    String(name),
  );
  expect(rows.sort()).toEqual(await metricsOf());
});

it('the dashboard asks for metrics that are served, and for all of them', async () => {
  const asked = (await read('deploy/grafana/fairway.json')).match(/fairway_\w+/g) ?? [];
  expect([...new Set(asked.map((name) => name.replace(/_bucket$/, '')))].sort()).toEqual(await metricsOf());
});

it('every line of the page is one of the format, whatever agents report', async () => {
  const bed = await serve();
  await bed.streamingAgent('order-1');
  const caller = await bed.streamingAgent('web-1', { service: 'shop/web' });
  await caller.subscribe('order:8080');
  const counted = { endpoint: '/"\\', lane: '', outcomes: { '2xx': 3 }, latency: { sumMs: 3, buckets: [345, 3] } };
  const edge = { ...counted, service: 'shop/order', reason: '"}\\', retried: 1, receivedBytes: 4096 };
  expect((await caller.traffic(1, { edges: [edge], inbound: [counted] })).status).toBe(204);
  const page = await bed.text('/metrics');
  const labels = 'from="shop/web",to="shop/order",lane="",to_lane=""';
  expect(page).toContain(`fairway_requests_total{${labels},outcome="2xx"} 3\n`);
  expect(page).toContain(`fairway_requests_duration_seconds_bucket{${labels},le="0.005"} 3\n`);
  expect(page).toContain(`fairway_requests_received_bytes_total{${labels}} 4096\n`);
  expect(page).toContain('fairway_served_total{service="shop/web",lane="",outcome="2xx"} 3\n');
  for (const line of page.trim().split('\n'))
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \S+ .+|\w+(?:\{(?:\w+="[^"\\]*",?)*\})? [\d.e+-]+)$/);
});
