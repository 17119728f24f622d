import type { CreatedToken, TokenRole } from '@fairway/client';
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLive } from '../live.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { DataTable } from './data-table.tsx';
import { type Grant, GrantFields } from './grant-fields.tsx';
import { Loaded } from './loaded.tsx';
import { Problem } from './problem.tsx';

const ROLES: readonly TokenRole[] = ['viewer', 'operator', 'agent', 'admin'];

/** Who may do what: make tokens and end them. */
export function Tokens() {
  const { say } = useText();
  const { client } = useSession();
  const tokens = useLive(['tokens'], () => client.tokens());
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => client.revokeToken(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <>
      <NewToken />
      <Problem error={revoke.error} />
      <Loaded of={tokens}>
        {(rows) => (
          <DataTable
            label={say('tokens')}
            rows={rows}
            id={({ id }) => id}
            empty={say('nothing')}
            columns={[
              { head: say('name'), cell: ({ name }) => name },
              { head: say('role'), cell: ({ role }) => role },
              { head: say('namespace'), cell: ({ namespace }) => namespace ?? '–' },
              {
                head: say('action'),
                cell: ({ id, name }) => (
                  <ConfirmButton
                    label={say('revoke')}
                    question={say('revokeSure', { name })}
                    onConfirm={() => revoke.mutate(id)}
                  />
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}

function NewToken() {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const [grant, setGrant] = useState<Grant<TokenRole>>({ name: '', role: 'viewer', namespace: '' });
  const create = useMutation({
    mutationFn: () => client.createToken({ ...grant, namespace: grant.namespace || undefined }),
    onSuccess: () => {
      setGrant((before) => ({ ...before, name: '' }));
      return queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Stack gap="xs">
      <Group component="form" onSubmit={submit} align="flex-end" gap="sm" aria-label={say('newToken')}>
        <GrantFields grant={grant} change={setGrant} roles={ROLES} needsNamespace={grant.role === 'agent'} />
        <Button size="xs" type="submit" loading={create.isPending}>
          {say('newToken')}
        </Button>
      </Group>
      <Problem error={create.error} />
      {create.data && <Secret created={create.data} />}
    </Stack>
  );
}

/** The secret of a new token. The control plane keeps none: it is shown here, now, and never again. */
function Secret({ created: { name, token } }: { created: CreatedToken }) {
  const { say } = useText();
  return (
    <Alert color="gray" variant="outline" role="status">
      <Stack gap="xs">
        <Text size="sm">{say('tokenOnce', { name })}</Text>
        <Group gap="sm">
          <Code>{token}</Code>
          <CopyButton value={token}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy}>
                {say(copied ? 'copied' : 'copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}
