import type { StoredResource } from '@fairway/client';
import { DEFAULT_NAMESPACE, namespaceOf } from '@fairway/model';
import { Button, Group, Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLive } from '../live.tsx';
import { ConfirmButton } from '../part/confirm-button.tsx';
import { DataTable } from '../part/data-table.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { ResourceEditor } from '../part/resource-editor.tsx';
import { RuleForm } from '../part/rule-form.tsx';
import { useEdited, useNamespace } from '../place.ts';
import { addressOf } from '../resource-address.ts';
import { RULE_KINDS, templateOf } from '../resource-template.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const NEW = 'new:';
const isRule = ({ resource: { kind } }: StoredResource) => RULE_KINDS.some((known) => known === kind);

/** Routes, policies, gateways and services: make, change, undo, delete. What is edited is a part of the link. */
export function RulesPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const rules = useLive(['rules', namespace], async () => (await client.list({ namespace })).filter(isRule));
  const [editing, edit] = useEdited();
  const opened = rules.data?.find(({ key }) => key === editing);
  const newKind = RULE_KINDS.find((kind) => editing === NEW + kind);
  return (
    <Page
      title={say('rules')}
      actions={
        <Select
          size="xs"
          w={160}
          aria-label={say('new')}
          placeholder={say('new')}
          data={[...RULE_KINDS]}
          value={newKind ?? null}
          onChange={(kind) => edit(kind && NEW + kind)}
        />
      }
    >
      {newKind && (
        <ResourceEditor
          key={newKind}
          resource={templateOf(newKind, namespace ?? DEFAULT_NAMESPACE)}
          revision={null}
          done={() => edit(null)}
          form={(draft, change) => <RuleForm rule={draft} isNew change={change} />}
        />
      )}
      {opened && (
        <ResourceEditor
          key={opened.key}
          resource={opened.resource}
          revision={opened.revision}
          done={() => edit(null)}
          form={(draft, change) => <RuleForm rule={draft} isNew={false} change={change} />}
        />
      )}
      <Loaded of={rules}>{(found) => <RuleTable rules={found} edit={edit} />}</Loaded>
    </Page>
  );
}

function RuleTable({ rules, edit }: { rules: readonly StoredResource[]; edit(key: string): void }) {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (job: () => Promise<unknown>) => job(),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Problem error={act.error} />
      <DataTable
        label={say('rules')}
        rows={rules}
        id={({ key }) => key}
        empty={say('noRules')}
        columns={[
          { head: say('kind'), cell: ({ resource }) => resource.kind },
          { head: say('name'), cell: ({ resource }) => resource.metadata.name },
          { head: say('namespace'), cell: ({ resource }) => namespaceOf(resource) },
          { head: say('revision'), numeric: true, cell: ({ revision }) => revision },
          {
            head: say('action'),
            cell: (stored) => (
              <Group gap={6} wrap="nowrap">
                <Button size="compact-xs" variant="default" onClick={() => edit(stored.key)}>
                  {say('edit')}
                </Button>
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => act.mutate(() => client.undo(addressOf(stored.resource)))}
                >
                  {say('undo')}
                </Button>
                <ConfirmButton
                  label={say('delete')}
                  question={say('deleteSure', { name: stored.key })}
                  onConfirm={() =>
                    act.mutate(() => client.delete(addressOf(stored.resource), { ifRevision: stored.revision }))
                  }
                />
              </Group>
            ),
          },
        ]}
      />
    </>
  );
}
