import { Alert, Anchor, Button, Code, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { clock, duration } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { useNamespace } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const READ_EVERY_MS = 3_000;
const MAX_TRACES = 100;

/** Recent requests whose hops were written down, and a header that has one followed. */
export function TracesPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const follow = useMutation({ mutationFn: () => client.follow() });
  const traces = useQuery({
    queryKey: ['traces'],
    queryFn: () => client.traces({ limit: MAX_TRACES }),
    refetchInterval: READ_EVERY_MS,
  });
  return (
    <Page
      title={say('traces')}
      actions={
        <Button size="xs" loading={follow.isPending} onClick={() => follow.mutate()}>
          {say('followOne')}
        </Button>
      }
    >
      <Problem error={follow.error} />
      {follow.data && (
        <Alert color="gray" variant="outline" role="status">
          <Stack gap="xs">
            <Text size="sm">{say('followHow', { until: clock(follow.data.expiresAt) })}</Text>
            <Code block>{`${follow.data.header}: ${follow.data.value}`}</Code>
            <Anchor component={Link} to={`/traces/${follow.data.id}?followed`} size="sm">
              {say('followResult')}
            </Anchor>
          </Stack>
        </Alert>
      )}
      <Loaded of={traces}>
        {(rows) => (
          <DataTable
            label={say('traces')}
            rows={rows.filter(({ service }) => namespace === undefined || service.startsWith(`${namespace}/`))}
            id={({ id }) => id}
            empty={say('noTraces')}
            columns={[
              {
                head: say('at'),
                cell: ({ id, startedAt }) => (
                  <Anchor component={Link} to={`/traces/${id}`} size="sm">
                    {clock(startedAt)}
                  </Anchor>
                ),
              },
              { head: say('service'), cell: ({ service }) => service },
              { head: say('path'), cell: ({ method, path }) => <span className="mono">{`${method} ${path}`}</span> },
              { head: say('lane'), cell: ({ lane }) => <LaneMark lane={lane} /> },
              { head: say('took'), numeric: true, cell: ({ tookMs }) => duration(tookMs) },
              { head: say('hops'), numeric: true, cell: ({ hops }) => hops },
              { head: say('errors'), numeric: true, cell: ({ errors }) => errors },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
