import type { AuditEntry } from '@fairway/client';
import { KINDS, type Kind } from '@fairway/model';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLive } from '../live.tsx';
import { AuditTable } from '../part/audit-table.tsx';
import { DiffTable } from '../part/diff-table.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { Requests } from '../part/requests.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** What waits for a second person, and who did what; of a resource also what it changed, field by field. */
export function AuditPage() {
  const { say } = useText();
  const { client } = useSession();
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const audit = useLive(['audit', 200], () => client.audit({ limit: 200 }));
  return (
    <Page title={say('audit')}>
      <Requests />
      <Loaded of={audit}>
        {(entries) => (
          <AuditTable
            label={say('audit')}
            entries={entries}
            details={[{ head: say('revision'), numeric: true, cell: ({ revision }) => revision ?? '–' }]}
            last={[
              {
                head: say('diff'),
                cell: (entry) =>
                  addressOf(entry.target) && (
                    <Button size="compact-xs" variant="default" onClick={() => setOpened(entry)}>
                      {say('diff')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Modal
        opened={opened !== null}
        onClose={() => setOpened(null)}
        size="lg"
        title={opened?.target}
        closeButtonProps={{ 'aria-label': say('close') }}
      >
        {opened && <Changed entry={opened} done={() => setOpened(null)} />}
      </Modal>
    </Page>
  );
}

/** The resource that a key names; null: it is no key of a resource. */
function addressOf(key: string): { namespace: string; kind: Kind; name: string } | null {
  const parts = key.split('/');
  const kind = KINDS.find((known) => parts.includes(known));
  if (!kind || parts.length !== 3) return null;
  const [namespace, name] = parts.filter((part) => part !== kind);
  return namespace && name ? { namespace, kind, name } : null;
}

/** What a change did to a resource, and the way back to how it was before. */
function Changed({ entry, done }: { entry: AuditEntry; done(): void }) {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const address = addressOf(entry.target);
  const history = useQuery({
    queryKey: ['history', entry.target],
    queryFn: () => (address ? client.history(address) : []),
  });
  const undo = useMutation({
    mutationFn: async (to: number) => address && client.undo(address, { to }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      done();
    },
  });
  return (
    <Loaded of={history}>
      {(entries) => {
        const change = entries.find(({ revision }) => revision === entry.revision);
        if (!change) return <Text>{say('nothing')}</Text>;
        const before = revisionBefore(entries, change.revision);
        const later = entries.filter(({ revision }) => revision > change.revision).length;
        return (
          <Stack gap="md">
            <DiffTable diff={change.diff} />
            <Problem error={undo.error} />
            {later > 0 && <Text size="sm">{say('undoesLater', { count: later })}</Text>}
            {before !== undefined && (
              <Group justify="flex-end">
                <Button loading={undo.isPending} onClick={() => undo.mutate(before)}>
                  {say('undoTo', { revision: before })}
                </Button>
              </Group>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** The change before one; undefined: it was the first. */
function revisionBefore(entries: readonly { readonly revision: number }[], revision: number): number | undefined {
  const earlier = entries.map((one) => one.revision).filter((one) => one < revision);
  return earlier.length === 0 ? undefined : Math.max(...earlier);
}
