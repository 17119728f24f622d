import { isFairwayError, type Lane } from '@fairway/model';
import { Button, Grid, Group, NumberInput, Paper, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { parse, stringify } from 'yaml';
import { formOf, type LaneForm, withForm } from '../lane-draft.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { DiffTable } from './diff-table.tsx';
import { ErrorText } from './error-text.tsx';
import { LanePreviewText } from './lane-preview-text.tsx';
import { Problem } from './problem.tsx';

const CHECK_AFTER_MS = 300;

/** Edits a lane by form and text, and tells what would change before it is saved. `revision` null: it is new. */
export function LaneEditor({ lane, revision, done }: LaneEditorProps) {
  const { say } = useText();
  const [text, setText] = useState(() => stringify(lane));
  const draft = readLane(text);
  const save = useSave(revision, done);
  return (
    <Paper withBorder p="md" component="section" aria-label={say(revision === null ? 'newLane' : 'edit')}>
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          {draft && <Form lane={draft} isNew={revision === null} change={(changed) => setText(stringify(changed))} />}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Textarea
            label={say('yaml')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={14}
            classNames={{ input: 'mono' }}
            spellCheck={false}
          />
        </Grid.Col>
      </Grid>
      <Stack mt="md" gap="sm">
        {draft && <Preview lane={draft} />}
        <Problem error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => done(null)}>
            {say('cancel')}
          </Button>
          <Button loading={save.isPending} disabled={!draft?.metadata.name} onClick={() => draft && save.mutate(draft)}>
            {say('save')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

interface LaneEditorProps {
  readonly lane: Lane;
  readonly revision: number | null;
  /** With the revision that was written; null: nothing was. */
  done(revision: number | null): void;
}

/** null: the text is no lane yet. The control plane checks it in full. */
function readLane(text: string): Lane | null {
  try {
    const value = parse(text) as Partial<Lane> | null;
    return value?.kind === 'Lane' && value.metadata && value.spec ? (value as Lane) : null;
  } catch {
    return null;
  }
}

/** Saves; a new lane never takes the place of one that is there. */
function useSave(revision: number | null, done: LaneEditorProps['done']) {
  const { client } = useSession();
  const queries = useQueryClient();
  const { say } = useText();
  return useMutation({
    mutationFn: async (lane: Lane) => {
      const { name, namespace = 'default' } = lane.metadata;
      const address = { namespace, kind: 'Lane', name } as const;
      return client.put(lane, address, { ifRevision: revision }).catch((error: unknown) => {
        const isThere = revision === null && isFairwayError(error) && error.code === 'FAIRWAY_CONFLICT';
        throw isThere ? new Error(say('exists')) : error;
      });
    },
    onSuccess: async (change) => {
      await queries.invalidateQueries();
      done(change.revision);
    },
  });
}

function Form({ lane, isNew, change }: { lane: Lane; isNew: boolean; change(lane: Lane): void }) {
  const { say } = useText();
  const form = formOf(lane);
  if (!form) return null;
  const set = (changed: Partial<LaneForm>) => change(withForm(lane, { ...form, ...changed }));
  const field = (key: 'name' | 'services' | 'stickyHeader' | 'matchHeader' | 'matchValue' | 'fallback') => ({
    value: form[key],
    onChange: (event: { currentTarget: { value: string } }) => set({ [key]: event.currentTarget.value }),
  });
  return (
    <Stack gap="sm">
      <TextInput label={say('name')} disabled={!isNew} required {...field('name')} />
      <TextInput label={say('entryServices')} placeholder="web, gateway" {...field('services')} />
      <NumberInput
        label={say('percent')}
        min={0}
        max={100}
        decimalScale={2}
        value={form.percent}
        onChange={(value) => set({ percent: value === '' ? '' : Number(value) })}
      />
      <TextInput label={say('stickyHeader')} placeholder="x-user" {...field('stickyHeader')} />
      <Group grow>
        <TextInput label={say('matchHeader')} {...field('matchHeader')} />
        <TextInput label={say('matchValue')} {...field('matchValue')} />
      </Group>
      <TextInput label={say('fallback')} placeholder="base" {...field('fallback')} />
      <Switch
        label={say('strict')}
        checked={form.strict}
        onChange={(event) => set({ strict: event.currentTarget.checked })}
      />
    </Stack>
  );
}

function Preview({ lane }: { lane: Lane }) {
  const { say } = useText();
  const { client } = useSession();
  const [checked] = useDebouncedValue(JSON.stringify(lane), CHECK_AFTER_MS);
  const dry = useQuery({
    queryKey: ['dry run', checked],
    queryFn: () => client.apply([JSON.parse(checked)], { dryRun: true }),
    enabled: lane.metadata.name !== '',
    retry: false,
  });
  return (
    <Stack gap="xs" aria-live="polite">
      <Text fw={600} size="sm">
        {say('preview')}
      </Text>
      {dry.error ? <ErrorText error={dry.error} /> : dry.data && <DiffTable diff={dry.data.changes[0]?.diff ?? []} />}
      <LanePreviewText lane={lane} />
    </Stack>
  );
}
