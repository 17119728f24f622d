import type { Topology } from '@fairway/model';
import { amount, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { rateLines, sumOf } from '../traffic.ts';
import { DataTable } from './data-table.tsx';
import { LaneMark, laneColor } from './lane-mark.tsx';
import { Sparkline } from './sparkline.tsx';

/** Base and the lanes beside each other: what comes to services in them. */
export function LaneTraffic({ seen, service }: { seen: readonly Topology[]; service?: string }) {
  const { say } = useText();
  const now = seen.at(-1);
  const nodes = now?.nodes.filter((node) => service === undefined || node.service === service) ?? [];
  const rows = [...rateLines(seen, service)].map(([lane, values]) => ({
    lane,
    values,
    ...sumOf(nodes.filter((node) => node.lane === lane)),
  }));
  const total = rows.reduce((sum, { rate }) => sum + rate, 0);
  return (
    <DataTable
      label={say('lanes')}
      rows={rows}
      id={({ lane }) => lane}
      empty={say('noTraffic')}
      columns={[
        { head: say('lane'), cell: ({ lane }) => <LaneMark lane={lane} /> },
        { head: say('requests'), numeric: true, cell: ({ rate }) => amount(rate) },
        { head: '%', numeric: true, cell: ({ rate }) => (total === 0 ? '–' : share(rate / total)) },
        { head: say('errors'), numeric: true, cell: ({ errorShare }) => share(errorShare) },
        {
          head: say('live'),
          cell: ({ lane, values }) => (
            <Sparkline label={say('requests')} lines={[{ color: laneColor(lane), values }]} width={220} />
          ),
        },
      ]}
    />
  );
}
