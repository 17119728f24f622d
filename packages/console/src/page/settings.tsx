import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLive } from '../live.tsx';
import { ConfirmButton } from '../part/confirm-button.tsx';
import { DataTable } from '../part/data-table.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { Replicas } from '../part/replicas.tsx';
import { Section } from '../part/section.tsx';
import { Tokens } from '../part/tokens.tsx';
import { Users } from '../part/users.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** Namespaces on and off, the processes of the control plane, and who may do what: users and tokens. */
export function SettingsPage() {
  const { say } = useText();
  return (
    <Page title={say('settings')}>
      <Section title={say('namespaces')}>
        <Namespaces />
      </Section>
      <Section title={say('replicas')}>
        <Replicas />
      </Section>
      <Section title={say('users')}>
        <Users />
      </Section>
      <Section title={say('tokens')}>
        <Tokens />
      </Section>
    </Page>
  );
}

function Namespaces() {
  const { say } = useText();
  const { client } = useSession();
  const namespaces = useLive(['namespaces'], () => client.namespaces());
  const queries = useQueryClient();
  const turn = useMutation({
    mutationFn: ({ name, enabled }: { name: string; enabled: boolean }) => client.setNamespace(name, enabled),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['namespaces'] }),
  });
  return (
    <>
      <Problem error={turn.error} />
      <Loaded of={namespaces}>
        {(rows) => (
          <DataTable
            label={say('namespaces')}
            rows={rows}
            id={({ name }) => name}
            empty={say('noServices')}
            columns={[
              { head: say('namespace'), cell: ({ name }) => name },
              { head: say('state'), cell: ({ enabled }) => say(enabled ? 'enabled' : 'disabled') },
              { head: say('services'), numeric: true, cell: ({ services }) => services },
              { head: say('instances'), numeric: true, cell: ({ instances }) => instances },
              {
                head: say('action'),
                cell: ({ name, enabled }) =>
                  enabled ? (
                    <ConfirmButton
                      label={say('turnOff')}
                      question={say('turnOffSure', { name })}
                      onConfirm={() => turn.mutate({ name, enabled: false })}
                    />
                  ) : (
                    <Button size="compact-xs" onClick={() => turn.mutate({ name, enabled: true })}>
                      {say('turnOn')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
