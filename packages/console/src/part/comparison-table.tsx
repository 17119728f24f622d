import type { ComparedMetric, ComparedService } from '@fairway/model';
import { Text } from '@mantine/core';
import { amount, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { LaneMark } from './lane-mark.tsx';
import { ServiceLink } from './link.tsx';

export interface ComparedRow extends ComparedService {
  readonly lane: string;
}

/** Services of lanes beside base, and what they were judged. */
export function ComparisonTable({ label, rows }: { label: string; rows: readonly ComparedRow[] }) {
  const { say } = useText();
  const metric = (name: ComparedMetric['metric'], text: (value: number | null) => string) => (row: ComparedRow) => (
    <Beside metric={row.metrics.find((one) => one.metric === name)} text={text} />
  );
  return (
    <DataTable
      label={label}
      rows={rows}
      id={({ lane, service }) => `${lane} ${service}`}
      empty={say('noComparison')}
      columns={[
        { head: say('lane'), cell: ({ lane }) => <LaneMark lane={lane} /> },
        { head: say('service'), cell: ({ service }) => <ServiceLink service={service} /> },
        {
          head: say('requestsBeside'),
          numeric: true,
          cell: ({ canary, base }) => `${amount(canary.requests)} : ${amount(base.requests)}`,
        },
        { head: say('errors'), numeric: true, cell: metric('errorShare', (value) => share(value ?? 0)) },
        { head: say('lostCalls'), numeric: true, cell: metric('lostShare', (value) => share(value ?? 0)) },
        { head: 'p50', numeric: true, cell: metric('p50Ms', duration) },
        { head: 'p90', numeric: true, cell: metric('p90Ms', duration) },
        {
          head: say('verdict'),
          cell: ({ verdict }) => (
            <Text span inherit fw={verdict === 'worse' ? 700 : 400}>
              {verdict === 'worse' ? `⚠ ${say('worse')}` : say(verdict)}
            </Text>
          ),
        },
      ]}
    />
  );
}

interface BesideProps {
  readonly metric: ComparedMetric | undefined;
  text(value: number | null): string;
}

/** A number of the lane beside that of base; where it is worse, how sure it is that they differ, and where it comes from. */
function Beside({ metric, text }: BesideProps) {
  const { say } = useText();
  if (!metric) return '–';
  const isWorse = metric.verdict === 'worse';
  const sure = say('sure', { share: share(Math.floor(metric.confidence * 1000) / 1000) });
  return (
    <Text span inherit fw={isWorse ? 700 : 400}>
      {`${text(metric.canary)} : ${text(metric.base)}`}
      {isWorse && ` (${sure})`}
      {metric.origin && ` ← ${metric.origin}`}
    </Text>
  );
}
