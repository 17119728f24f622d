import type { Warning } from '@fairway/client';
import { isFairwayError, type Resource } from '@fairway/model';
import { Alert, Button, Grid, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { stringify } from 'yaml';
import { addressOf } from '../resource-address.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { DiffTable } from './diff-table.tsx';
import { ErrorText } from './error-text.tsx';
import { Problem } from './problem.tsx';
import { readYaml, YamlField } from './yaml-field.tsx';

const CHECK_AFTER_MS = 300;

export interface ResourceEditorProps<T extends Resource> {
  readonly resource: T;
  /** null: it is new. */
  readonly revision: number | null;
  /** With the revision that was written; null: nothing was. */
  done(revision: number | null): void;
  /** Beside the text, where the kind has a form. */
  form?(draft: T, change: (changed: T) => void): ReactNode;
  /** What else there is to know before it is saved. */
  preview?(draft: T): ReactNode;
}

/** Edits a resource as text, and by a form where there is one; tells what would change before it is saved. */
export function ResourceEditor<T extends Resource>(props: ResourceEditorProps<T>) {
  const { resource, revision, done, form, preview } = props;
  const { say } = useText();
  const [text, setText] = useState(() => stringify(resource));
  const draft = readYaml<T>(text, resource.kind);
  const save = useSave(revision, done);
  return (
    <Paper withBorder p="md" component="section" aria-label={say(revision === null ? 'new' : 'edit')}>
      <Grid>
        {form && (
          <Grid.Col span={{ base: 12, md: 6 }}>
            {draft && form(draft, (changed) => setText(stringify(changed)))}
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, md: form ? 6 : 12 }}>
          <YamlField kind={resource.kind} text={text} isRead={draft !== null} change={setText} />
        </Grid.Col>
      </Grid>
      {/* Over what comes later: a button that moves under the pointer is missed. */}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => done(null)}>
          {say('cancel')}
        </Button>
        <Button loading={save.isPending} disabled={!draft?.metadata.name} onClick={() => draft && save.mutate(draft)}>
          {say('save')}
        </Button>
      </Group>
      <Stack mt="sm" gap="sm">
        <Problem error={save.error} />
        {save.data?.request !== undefined && (
          <Alert color="orange" variant="outline" role="status">
            {say('waitsForSecond')}
          </Alert>
        )}
        {draft && <DryRun draft={draft} />}
        {draft && preview?.(draft)}
      </Stack>
    </Paper>
  );
}

/** Saves; a new one never takes the place of one that is there. */
function useSave(revision: number | null, done: (revision: number) => void) {
  const { client } = useSession();
  const queries = useQueryClient();
  const { say } = useText();
  return useMutation({
    mutationFn: async (resource: Resource) => {
      return client.put(resource, addressOf(resource), { ifRevision: revision }).catch((error: unknown) => {
        const isThere = revision === null && isFairwayError(error) && error.code === 'FAIRWAY_CONFLICT';
        throw isThere ? new Error(say('exists')) : error;
      });
    },
    onSuccess: async (change) => {
      await queries.invalidateQueries();
      if (change.request === undefined) done(change.revision);
    },
  });
}

/** What the control plane says of a draft: its mistakes, or what it would change. */
function DryRun({ draft }: { draft: Resource }) {
  const { say } = useText();
  const { client } = useSession();
  const [checked] = useDebouncedValue(JSON.stringify(draft), CHECK_AFTER_MS);
  const dry = useQuery({
    queryKey: ['dry run', checked],
    queryFn: () => client.apply([JSON.parse(checked)], { dryRun: true }),
    enabled: (JSON.parse(checked) as Resource).metadata.name !== '',
    retry: false,
  });
  return (
    <Stack gap="xs" aria-live="polite">
      <Text fw={600} size="sm">
        {say('preview')}
      </Text>
      {dry.error ? (
        <ErrorText error={dry.error} />
      ) : (
        dry.data && (
          <>
            <Warnings warnings={dry.data.warnings} />
            <DiffTable diff={dry.data.changes[0]?.diff ?? []} />
          </>
        )
      )}
    </Stack>
  );
}

/** Rules, its own or others, that this leaves without any request. */
function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  const { say } = useText();
  if (warnings.length === 0) return null;
  return (
    <Alert color="orange" variant="outline" title={say('warnings')}>
      <List size="sm">
        {warnings.map(({ key, path, text }) => (
          <List.Item key={`${key} ${path}`}>{text}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
