import type { Topology, TrafficNode } from '@fairway/model';
import { Paper, SimpleGrid } from '@mantine/core';
import { amount, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { nodesOverTime, timesOf } from '../traffic.ts';
import { Chart } from './chart.tsx';
import { laneColor } from './lane-mark.tsx';

const HEIGHT = 150;

/** What comes to a service, as it is now and was since the page looks: rate, errors and latency, base beside the lanes. */
export function ServiceCharts({ seen, service }: { seen: readonly Topology[]; service: string }) {
  const { say } = useText();
  const times = timesOf(seen);
  const lanes = [...nodesOverTime(seen, service)];
  const linesOf = (read: (node: TrafficNode | null) => number | null) =>
    lanes.map(([lane, nodes]) => ({ name: lane || say('base'), color: laneColor(lane), values: nodes.map(read) }));
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Paper withBorder p="sm">
        <Chart
          label={say('requests')}
          times={times}
          lines={linesOf((node) => node?.rate ?? 0)}
          height={HEIGHT}
          top={1}
          timeLabel={say('at')}
          text={amount}
        />
      </Paper>
      <Paper withBorder p="sm">
        <Chart
          label={say('errors')}
          times={times}
          lines={linesOf((node) => node?.errorShare ?? null)}
          height={HEIGHT}
          top={0.01}
          timeLabel={say('at')}
          text={share}
        />
      </Paper>
      <Paper withBorder p="sm">
        <Chart
          label={say('p99')}
          times={times}
          lines={linesOf((node) => node?.p99Ms ?? null)}
          height={HEIGHT}
          top={1}
          timeLabel={say('at')}
          text={duration}
        />
      </Paper>
    </SimpleGrid>
  );
}
