import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useAct } from '../act.ts';
import { clock } from '../number.ts';
import { useNamespace } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { DataTable } from './data-table.tsx';
import { Problem } from './problem.tsx';
import { Section } from './section.tsx';

/** The stream of changes tells of what is done, not of what waits. */
const AGAIN_MS = 5_000;

/** Changes in protected namespaces that wait for a second person; nothing where there are none. */
export function Requests() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const requests = useQuery({
    queryKey: ['requests', namespace],
    queryFn: () => client.requests(namespace),
    refetchInterval: AGAIN_MS,
  });
  const act = useAct();
  if (!requests.data?.length) return null;
  return (
    <Section title={say('requestsWait')}>
      <Problem error={act.error} />
      <DataTable
        label={say('requestsWait')}
        rows={requests.data}
        id={({ id }) => id}
        empty=""
        columns={[
          { head: say('at'), cell: ({ at }) => clock(at) },
          { head: say('author'), cell: ({ author }) => author },
          { head: say('target'), cell: ({ changes }) => changes.map(({ key }) => key).join(', ') },
          {
            head: say('diff'),
            cell: ({ changes }) =>
              changes
                .flatMap(({ diff }) => diff.map(({ path, after }) => `${path}: ${JSON.stringify(after ?? null)}`))
                .join('; '),
          },
          { head: say('reason'), cell: ({ reason }) => reason },
          {
            head: say('action'),
            cell: ({ id, author, changes }) => (
              <Group gap={6} wrap="nowrap">
                <ConfirmButton
                  label={say('approve')}
                  question={say('approveSure', { author, target: changes.map(({ key }) => key).join(', ') })}
                  onConfirm={() => act.mutate(() => client.approveRequest(id))}
                />
                <ConfirmButton
                  label={say('refuse')}
                  question={say('refuseSure', { author, target: changes.map(({ key }) => key).join(', ') })}
                  onConfirm={() => act.mutate(() => client.rejectRequest(id))}
                />
              </Group>
            ),
          },
        ]}
      />
    </Section>
  );
}
