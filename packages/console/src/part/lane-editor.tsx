import type { Lane } from '@fairway/model';
import { Group, NumberInput, Stack, Switch, TextInput } from '@mantine/core';
import { formOf, type LaneForm, withForm } from '../lane-draft.ts';
import { useText } from '../text/text.tsx';
import { LanePreviewText } from './lane-preview-text.tsx';
import { ResourceEditor } from './resource-editor.tsx';

interface LaneEditorProps {
  readonly lane: Lane;
  /** null: it is new. */
  readonly revision: number | null;
  done(revision: number | null): void;
}

/** Edits a lane by form and text. */
export function LaneEditor({ lane, revision, done }: LaneEditorProps) {
  return (
    <ResourceEditor
      resource={lane}
      revision={revision}
      done={done}
      form={(draft, change) => <Form lane={draft} isNew={revision === null} change={change} />}
      preview={(draft) => <LanePreviewText lane={draft} />}
    />
  );
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
