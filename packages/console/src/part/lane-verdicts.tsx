import { type ComparedMetric, type ComparedService, type Lane, namespaceOf } from '@fairway/model';
import { Stack, Text, Title } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { amount, duration, share } from '../number.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { LaneMark } from './lane-mark.tsx';
import { ServiceLink } from './link.tsx';

const AGAIN_MS = 2_000;

interface Row extends ComparedService {
  readonly lane: string;
}

/** Whether lanes are worse than base since they were changed, service by service. */
export function LaneVerdicts({ lanes }: { lanes: readonly Lane[] }) {
  const { say } = useText();
  const { client } = useSession();
  const queries = lanes
    .filter(({ spec }) => spec.enabled !== false)
    .map((lane) => {
      const query = { namespace: namespaceOf(lane), lane: lane.metadata.name };
      const read = () => client.comparison(query);
      return { queryKey: ['comparison', query], queryFn: read, refetchInterval: AGAIN_MS };
    });
  const rows = useQueries({ queries }).flatMap(({ data }): Row[] =>
    data ? data.services.map((service) => ({ ...service, lane: data.lane })) : [],
  );
  if (queries.length === 0) return null;
  const metric = (name: ComparedMetric['metric'], text: (value: number | null) => string) => (row: Row) => (
    <Beside metric={row.metrics.find((one) => one.metric === name)} text={text} />
  );
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {say('againstBase')}
      </Title>
      <DataTable
        label={say('againstBase')}
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
    </Stack>
  );
}

interface BesideProps {
  readonly metric: ComparedMetric | undefined;
  text(value: number | null): string;
}

/** A number of the lane beside that of base; how sure it is that they differ, where that makes it worse. */
function Beside({ metric, text }: BesideProps) {
  const { say } = useText();
  if (!metric) return '–';
  const isWorse = metric.verdict === 'worse';
  const sure = say('sure', { share: share(Math.floor(metric.confidence * 1000) / 1000) });
  return (
    <Text span inherit fw={isWorse ? 700 : 400}>
      {`${text(metric.canary)} : ${text(metric.base)}`}
      {isWorse && ` (${sure})`}
    </Text>
  );
}
