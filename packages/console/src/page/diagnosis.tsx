import type { Diagnosis } from '@fairway/client';
import { DIAGNOSIS_KINDS, type DiagnosisKind, MAX_DIAGNOSIS_SECONDS } from '@fairway/model';
import { Alert, Anchor, Button, Group, Loader, NumberInput, Select, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { useLive } from '../live.tsx';
import { clock } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { FindingsView } from '../part/findings.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { saveAs } from '../save-as.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** A diagnosis that runs is asked for again so often; the control plane holds each question until there is news. */
const ASK_EVERY_MS = 500;
const DEFAULT_SECONDS = 5;

/** Looks into one running instance: what it does, what keeps it, how it is set up. */
export function DiagnosisPage() {
  const { say } = useText();
  const { client } = useSession();
  const { instance = '' } = useParams();
  const [query, setQuery] = useSearchParams();
  const queries = useQueryClient();
  const [kind, setKind] = useState<DiagnosisKind>('profile');
  const [seconds, setSeconds] = useState(DEFAULT_SECONDS);
  const start = useMutation({
    mutationFn: () => client.diagnose(instance, { kind, seconds }),
    onSuccess: async ({ id }) => {
      setQuery({ id });
      await queries.invalidateQueries({ queryKey: ['diagnoses', instance] });
    },
  });
  const id = query.get('id');
  return (
    <Page title={say('diagnosisOf', { instance })}>
      <Group align="flex-end" gap="sm">
        <Select
          size="xs"
          label={say('kind')}
          data={[...DIAGNOSIS_KINDS]}
          value={kind}
          allowDeselect={false}
          onChange={(value) => setKind(value as DiagnosisKind)}
        />
        <NumberInput
          size="xs"
          w={90}
          label={say('seconds')}
          min={1}
          max={MAX_DIAGNOSIS_SECONDS}
          value={seconds}
          onChange={(value) => setSeconds(Number(value) || DEFAULT_SECONDS)}
        />
        <Button size="xs" loading={start.isPending} onClick={() => start.mutate()}>
          {say('startDiagnosis')}
        </Button>
      </Group>
      <Problem error={start.error} />
      {id && <One key={id} id={id} />}
      <Earlier instance={instance} />
    </Page>
  );
}

function One({ id }: { id: string }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const one = useQuery({
    queryKey: ['diagnosis', id],
    queryFn: async () => {
      const found = await client.diagnosis(id);
      if (found.state !== 'running') void queries.invalidateQueries({ queryKey: ['diagnoses'] });
      return found;
    },
    refetchInterval: ({ state: { data } }) => (data?.state === 'running' ? ASK_EVERY_MS : false),
    retry: false,
  });
  return <Loaded of={one}>{(diagnosis) => <Outcome diagnosis={diagnosis} />}</Loaded>;
}

function Outcome({ diagnosis }: { diagnosis: Diagnosis }) {
  const { say } = useText();
  const { kind, seconds, state, why, findings, instance } = diagnosis;
  if (state === 'running')
    return (
      <Group gap="xs" aria-live="polite">
        <Loader size="xs" aria-label={say('loading')} />
        <Text size="sm">{say('diagnosisRuns', { kind, seconds })}</Text>
      </Group>
    );
  if (!findings)
    return (
      <Alert color="gray" variant="outline" role="alert">
        {say('diagnosisNone', { why: why ?? state })}
      </Alert>
    );
  const name = kind === 'profile' ? `${instance}.cpuprofile` : `${instance}-${kind}.json`;
  return (
    <>
      <Group justify="space-between">
        <Title order={2} size="h5">
          {`${kind} · ${clock(diagnosis.startedAt)} · ${diagnosis.author}`}
        </Title>
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => saveAs(name, JSON.stringify(findings[kind]), 'application/json')}
        >
          {say('download', { name })}
        </Button>
      </Group>
      <FindingsView findings={findings} />
    </>
  );
}

function Earlier({ instance }: { instance: string }) {
  const { say } = useText();
  const { client } = useSession();
  const diagnoses = useLive(['diagnoses', instance], () => client.diagnoses(instance));
  return (
    <>
      <Title order={2} size="h5">
        {say('earlier')}
      </Title>
      <Loaded of={diagnoses}>
        {(rows) => (
          <DataTable
            label={say('earlier')}
            rows={rows}
            id={({ id }) => id}
            empty={say('nothing')}
            columns={[
              {
                head: say('at'),
                cell: ({ id, startedAt }) => (
                  <Anchor component={Link} to={`?id=${id}`} size="sm">
                    {clock(startedAt)}
                  </Anchor>
                ),
              },
              { head: say('kind'), cell: ({ kind }) => kind },
              { head: say('author'), cell: ({ author }) => author },
              { head: say('state'), cell: ({ state, why }) => (why === null ? state : `${state}: ${why}`) },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
