import type { ReleaseOrder } from '@fairway/client';
import { namespaceOf, type ReleaseStatus, serviceKey } from '@fairway/model';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { useAct } from '../act.ts';
import { useTraffic } from '../live.tsx';
import { ComparisonTable } from '../part/comparison-table.tsx';
import { ConfirmButton } from '../part/confirm-button.tsx';
import { HealthTable } from '../part/health-table.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { ServiceLink } from '../part/link.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { ReleaseHistory } from '../part/release-history.tsx';
import { ReleasePhaseMark } from '../part/release-phase-mark.tsx';
import { ReleaseSteps } from '../part/release-steps.tsx';
import { Section } from '../part/section.tsx';
import { ServiceCharts } from '../part/service-charts.tsx';
import { saveAs } from '../save-as.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const AGAIN_MS = 1_000;

/** One release: its steps, canary beside base, what it waits for and what happened; and what can be done with it. */
export function ReleasePage() {
  const { client } = useSession();
  const { namespace = '', name = '' } = useParams();
  const address = { namespace, name };
  const release = useQuery({
    queryKey: ['release', address],
    queryFn: () => client.release(address),
    refetchInterval: ({ state }) => (state.data?.state.endedMs ? false : AGAIN_MS),
  });
  return <Loaded of={release}>{(status) => <OneRelease status={status} />}</Loaded>;
}

function OneRelease({ status }: { status: ReleaseStatus }) {
  const { say } = useText();
  const { client } = useSession();
  const { release, state, watch } = status;
  const namespace = namespaceOf(release);
  const { name } = release.metadata;
  const act = useAct();
  const order = (one: ReleaseOrder) => act.mutate(() => client.orderRelease({ namespace, name }, one));
  const jump = (to: number) => act.mutate(() => client.jumpRelease({ namespace, name }, to));
  const judged = watch?.services ?? state.history.findLast(({ services }) => services)?.services ?? [];
  return (
    <Page
      title={`${say('release')} ${name}`}
      actions={
        <>
          <Actions status={status} order={order} />
          <ReportButton status={status} />
        </>
      }
    >
      <Group gap="md">
        <ReleasePhaseMark phase={state.phase} />
        <LaneMark lane={release.spec.lane} />
        <Text size="sm" c="dimmed">
          {say('stepOf', {
            step: Math.min(state.step + 1, release.spec.steps.length),
            steps: release.spec.steps.length,
          })}
        </Text>
      </Group>
      <Problem error={act.error} />
      <ReleaseSteps status={status} jump={state.phase === 'running' ? jump : undefined} />
      <Section title={say('canaryAndBase')}>
        <ComparisonTable
          label={say('canaryAndBase')}
          rows={judged.map((service) => ({ ...service, lane: release.spec.lane }))}
        />
      </Section>
      {watch && (
        <Section title={say('healthBeside')}>
          <HealthTable rows={watch.health} />
        </Section>
      )}
      {state.endedMs === null && <Curves status={status} />}
      <Section title={say('history')}>
        <ReleaseHistory status={status} />
      </Section>
    </Page>
  );
}

/** What comes to its services, base beside the lanes. */
function Curves({ status: { release } }: { status: ReleaseStatus }) {
  const namespace = namespaceOf(release);
  const seen = useTraffic(namespace);
  return release.spec.services.map((ref) => {
    const service = serviceKey(ref, namespace);
    return (
      <Stack key={service} gap={4}>
        <ServiceLink service={service} />
        <ServiceCharts seen={seen} service={service} />
      </Stack>
    );
  });
}

function Actions({ status, order }: { status: ReleaseStatus; order(one: ReleaseOrder): void }) {
  const { say } = useText();
  const { release, state, watch } = status;
  const { name } = release.metadata;
  const isOver = state.endedMs !== null || state.phase === 'rollingBack';
  if (isOver || state.promotion === 'closing' || state.promotion === 'emptying') return null;
  return (
    <>
      {watch?.waitsFor.some(({ what }) => what === 'approval') && (
        <Button size="compact-xs" onClick={() => order('approve')}>
          {say('approve')}
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={() => order(state.paused ? 'resume' : 'pause')}>
        {say(state.paused ? 'resume' : 'pause')}
      </Button>
      {state.phase !== 'waiting' && (
        <ConfirmButton
          label={say('promote')}
          question={say('promoteSure', { name })}
          onConfirm={() => order('promote')}
        />
      )}
      <ConfirmButton
        label={say('rollBack')}
        question={say('rollBackSure', { name })}
        onConfirm={() => order('abort')}
      />
    </>
  );
}

function ReportButton({ status: { release } }: { status: ReleaseStatus }) {
  const { say } = useText();
  const { client } = useSession();
  const address = { namespace: namespaceOf(release), name: release.metadata.name };
  const save = useMutation({
    mutationFn: async () => {
      const page = await client.releaseReport(address, 'html');
      saveAs(`${address.name}.html`, page, 'text/html');
    },
  });
  return (
    <Button size="compact-xs" variant="default" loading={save.isPending} onClick={() => save.mutate()}>
      {say('report')}
    </Button>
  );
}
