import type { Resource } from '@fairway/model';
import { NumberInput, Select, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import type { RuleKind } from '../resource-template.ts';
import { listOf, namesOf, RULE_FIELDS, type RuleField, valueAt, withValueAt } from '../rule-field.ts';
import { useText } from '../text/text.tsx';

interface RuleFormProps {
  /** Of one of {@link RULE_FIELDS}. */
  readonly rule: Resource;
  readonly isNew: boolean;
  change(rule: Resource): void;
}

/** What people change most of a rule; what is usual stands where nothing is said. */
export function RuleForm({ rule, isNew, change }: RuleFormProps) {
  const { say } = useText();
  const set = (path: RuleField['path'], value: unknown) => change(withValueAt(rule, path, value));
  return (
    <Stack gap="sm">
      <TextInput
        label={say('name')}
        disabled={!isNew}
        required
        value={rule.metadata.name}
        onChange={(event) => set(['metadata', 'name'], event.currentTarget.value)}
      />
      {RULE_FIELDS[rule.kind as RuleKind].map((field) => (
        <Field
          key={field.path.join('.')}
          field={field}
          value={valueAt(rule, field.path)}
          set={(value) => set(field.path, value)}
        />
      ))}
    </Stack>
  );
}

function Field({ field, value, set }: { field: RuleField; value: unknown; set(value: unknown): void }) {
  const { say } = useText();
  const { type, choices = [], usual } = field;
  const label = say(field.label);
  const placeholder = usual === undefined ? '' : String(usual);
  switch (type) {
    case 'number':
      return (
        <NumberInput
          label={label}
          placeholder={placeholder}
          value={typeof value === 'number' ? value : ''}
          onChange={(changed) => set(changed === '' ? undefined : Number(changed))}
        />
      );
    case 'list':
      return <TagsInput label={label} value={namesOf(value)} onChange={(names) => set(listOf(names))} />;
    case 'switch':
      return (
        <Switch
          label={label}
          checked={(value ?? usual) === true}
          onChange={(event) => set(event.currentTarget.checked === usual ? undefined : event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <Select
          label={label}
          data={[...choices]}
          placeholder={placeholder}
          clearable
          value={typeof value === 'string' ? value : null}
          onChange={(chosen) => set(chosen ?? undefined)}
        />
      );
    default:
      return (
        <TextInput
          label={label}
          placeholder={placeholder}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => set(event.currentTarget.value || undefined)}
        />
      );
  }
}
