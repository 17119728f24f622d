import type { TrafficEdge } from '@fairway/model';
import { Group } from '@mantine/core';
import { amount, bytes, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { LaneMark } from './lane-mark.tsx';

/** All of them change each second. */
const MAX_ROWS = 40;

function perSecond({ requests, rate }: TrafficEdge, size: number): number {
  return requests === 0 ? 0 : (size / requests) * rate;
}

/** Who calls whom, in which lane, and why the calls went there. */
export function EdgeTable({ edges }: { edges: readonly TrafficEdge[] }) {
  const { say } = useText();
  return (
    <DataTable
      label={say('calls')}
      rows={edges}
      id={({ from, to, lane, toLane }) => `${from} ${to} ${lane} ${toLane}`}
      empty={say('noTraffic')}
      max={MAX_ROWS}
      columns={[
        { head: say('from'), cell: ({ from }) => from },
        { head: say('to'), cell: ({ to }) => to },
        {
          head: say('lane'),
          cell: ({ lane, toLane }) => (
            <Group gap={6} wrap="nowrap">
              <LaneMark lane={lane} />
              {lane !== toLane && (
                <>
                  → <LaneMark lane={toLane} />
                </>
              )}
            </Group>
          ),
        },
        { head: say('requests'), numeric: true, cell: ({ rate }) => amount(rate) },
        { head: say('errors'), numeric: true, cell: ({ errorShare }) => share(errorShare) },
        { head: say('median'), numeric: true, cell: ({ p50Ms }) => duration(p50Ms) },
        { head: say('p99'), numeric: true, cell: ({ p99Ms }) => duration(p99Ms) },
        { head: say('sentRate'), numeric: true, cell: (edge) => bytes(perSecond(edge, edge.sentBytes)) },
        { head: say('receivedRate'), numeric: true, cell: (edge) => bytes(perSecond(edge, edge.receivedBytes)) },
        { head: say('reasons'), cell: ({ reasons }) => Object.keys(reasons).sort().join(', ') },
      ]}
    />
  );
}
