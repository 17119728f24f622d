import { type Lane, namespaceOf } from '@fairway/model';
import { useQueries } from '@tanstack/react-query';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { type ComparedRow, ComparisonTable } from './comparison-table.tsx';
import { Section } from './section.tsx';

const AGAIN_MS = 2_000;
/** With many lanes less often: one is asked for in so long. */
const EACH_MS = 250;

/** Whether lanes are worse than base since they were changed, service by service. */
export function LaneVerdicts({ lanes }: { lanes: readonly Lane[] }) {
  const { say } = useText();
  const { client } = useSession();
  const compared = lanes.filter(({ spec }) => spec.enabled !== false);
  const refetchInterval = Math.max(AGAIN_MS, compared.length * EACH_MS);
  const queries = compared.map((lane) => {
    const query = { namespace: namespaceOf(lane), lane: lane.metadata.name };
    const read = () => client.comparison(query);
    return { queryKey: ['comparison', query], queryFn: read, refetchInterval };
  });
  const rows = useQueries({ queries }).flatMap(({ data }): ComparedRow[] =>
    data ? data.services.map((service) => ({ ...service, lane: data.lane })) : [],
  );
  if (queries.length === 0) return null;
  return (
    <Section title={say('againstBase')}>
      <ComparisonTable label={say('againstBase')} rows={rows} />
    </Section>
  );
}
