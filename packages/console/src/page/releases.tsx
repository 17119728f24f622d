import { namespaceOf, type Release } from '@fairway/model';
import { Alert, Button, Group, Paper, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { stringify } from 'yaml';
import { useLive } from '../live.tsx';
import { ErrorText } from '../part/error-text.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { ReleaseTable } from '../part/release-table.tsx';
import { readYaml, YamlField } from '../part/yaml-field.tsx';
import { linkTo, useEdited, useNamespace } from '../place.ts';
import { newRelease } from '../release-template.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const CHECK_AFTER_MS = 300;

/** Releases: those that go on, those that ended, and a new one. */
export function ReleasesPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const [edited, edit] = useEdited();
  const releases = useLive(['releases', namespace], () => client.releases(namespace));
  return (
    <Page
      title={say('releases')}
      actions={
        <Button size="xs" onClick={() => edit('new')}>
          {say('newRelease')}
        </Button>
      }
    >
      {edited === 'new' && <ReleaseStarter cancel={() => edit(null)} />}
      <Loaded of={releases}>{(all) => <ReleaseTable releases={all} />}</Loaded>
    </Page>
  );
}

/** A release as text; what is wrong with it is said before it is started. */
function ReleaseStarter({ cancel }: { cancel(): void }) {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const go = useNavigate();
  const [namespace] = useNamespace();
  const [text, setText] = useState(() => stringify(newRelease(namespace)));
  const draft = readYaml<Release>(text, 'Release');
  const start = useMutation({
    mutationFn: (release: Release) => client.startRelease(release),
    onSuccess: async ({ release }) => {
      await queries.invalidateQueries();
      go(linkTo(`/releases/${namespaceOf(release)}/${release.metadata.name}`, namespace));
    },
  });
  return (
    <Paper withBorder p="md" component="section" aria-label={say('newRelease')}>
      <YamlField kind="Release" text={text} isRead={draft !== null} change={setText} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={cancel}>
          {say('cancel')}
        </Button>
        <Button loading={start.isPending} disabled={!draft} onClick={() => draft && start.mutate(draft)}>
          {say('start')}
        </Button>
      </Group>
      <Stack mt="sm" gap="sm">
        <Problem error={start.error} />
        {draft && <Check draft={draft} />}
      </Stack>
    </Paper>
  );
}

/** What the control plane says of a draft. */
function Check({ draft }: { draft: Release }) {
  const { say } = useText();
  const { client } = useSession();
  const [checked] = useDebouncedValue(JSON.stringify(draft), CHECK_AFTER_MS);
  const dry = useQuery({
    queryKey: ['dry release', checked],
    queryFn: () => client.startRelease(JSON.parse(checked), { dryRun: true }),
    retry: false,
  });
  if (dry.error) return <ErrorText error={dry.error} />;
  if (!dry.data) return null;
  return (
    <Alert color="gray" variant="outline" role="status">
      {say('checked')}
    </Alert>
  );
}
