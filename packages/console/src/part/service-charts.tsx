import type { Topology, TrafficNode } from '@fairway/model';
import { Paper, SimpleGrid } from '@mantine/core';
import { amount, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { nodesOverTime, timesOf } from '../traffic.ts';
import { Chart } from './chart.tsx';
import { laneColor } from './lane-mark.tsx';

const HEIGHT = 150;

/** What is shown of a service, each in a chart. `read` null: there is none at that moment. */
const CHARTS = [
  { label: 'requests', top: 1, text: amount, read: (node: TrafficNode | null) => node?.rate ?? 0 },
  { label: 'errors', top: 0.01, text: share, read: (node: TrafficNode | null) => node?.errorShare ?? null },
  { label: 'p99', top: 1, text: duration, read: (node: TrafficNode | null) => node?.p99Ms ?? null },
] as const;

/** What comes to a service, as it is now and was since the page looks: rate, errors and latency, base beside the lanes. */
export function ServiceCharts({ seen, service }: { seen: readonly Topology[]; service: string }) {
  const { say } = useText();
  const times = timesOf(seen);
  const lanes = [...nodesOverTime(seen, service)];
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      {CHARTS.map(({ label, top, text, read }) => (
        <Paper key={label} withBorder p="sm">
          <Chart
            label={say(label)}
            timeLabel={say('at')}
            times={times}
            lines={lanes.map(([lane, nodes]) => ({
              name: lane || say('base'),
              color: laneColor(lane),
              values: nodes.map(read),
            }))}
            height={HEIGHT}
            top={top}
            text={text}
          />
        </Paper>
      ))}
    </SimpleGrid>
  );
}
