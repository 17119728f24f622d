import type { InstanceLosses, Rollout } from '@fairway/model';
import { Paper, Stack, Text, Title } from '@mantine/core';
import { useLive } from '../live.tsx';
import { clock } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { verdictText } from '../part/rollout-table.tsx';
import { RolloutTraffic } from '../part/rollout-traffic.tsx';
import { Timeline } from '../part/timeline.tsx';
import { useNamespace } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** Rollouts of the last day: how instances came and went, and what that cost. */
export function LosslessPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const losses = useLive(['losses', namespace, '24h'], () => client.losses({ namespace, since: '24h' }));
  return (
    <Page title={say('lossless')}>
      <Loaded of={losses}>
        {({ items, outside }) => (
          <>
            <Text size="sm" c="dimmed">
              {say('outside', outside)}
            </Text>
            {items.length === 0 && (
              <Paper withBorder p="lg" c="dimmed">
                {say('noLosses')}
              </Paper>
            )}
            {items.map((rollout) => (
              <RolloutCard key={`${rollout.service} ${rollout.from}`} rollout={rollout} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function RolloutCard({ rollout }: { rollout: Rollout }) {
  const { say } = useText();
  const failures = rollout.instances.flatMap((losses) => losses.failures.map((failure) => ({ ...failure, losses })));
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2} size="h5">
          {rollout.service}
        </Title>
        <Text size="sm">
          {`${clock(rollout.from)} · ${say('calls')} ${rollout.requests} · ${say('saved')} ${rollout.saved} · `}
          <b>{verdictText(say, rollout)}</b>
        </Text>
        <Timeline rollout={rollout} />
        <RolloutTraffic rollout={rollout} />
        {failures.length > 0 && <FailureTable failures={failures} />}
      </Stack>
    </Paper>
  );
}

type PlacedFailure = InstanceLosses['failures'][number] & { readonly losses: InstanceLosses };

function FailureTable({ failures }: { failures: readonly PlacedFailure[] }) {
  const { say } = useText();
  return (
    <DataTable
      label={say('requestsLost')}
      rows={failures}
      id={({ losses, caller, phase, reason }) => `${losses.instance} ${caller} ${phase} ${reason}`}
      empty={say('nothing')}
      columns={[
        { head: say('requestsLost'), numeric: true, cell: ({ count }) => count },
        { head: say('instance'), cell: ({ losses }) => <span className="mono">{losses.instance}</span> },
        { head: say('state'), cell: ({ phase }) => phase },
        { head: say('reason'), cell: ({ reason }) => reason },
        { head: say('callers'), cell: ({ callerService }) => callerService },
      ]}
    />
  );
}
