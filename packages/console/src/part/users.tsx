import type { PersonalRole } from '@fairway/client';
import { Button, Group, PasswordInput, Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useAct } from '../act.ts';
import { useLive } from '../live.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { ConfirmButton } from './confirm-button.tsx';
import { DataTable } from './data-table.tsx';
import { type Grant, GrantFields } from './grant-fields.tsx';
import { Loaded } from './loaded.tsx';
import { Problem } from './problem.tsx';

const ROLES: readonly PersonalRole[] = ['viewer', 'operator', 'admin'];

/** People who sign in with a password: make, change and remove them. */
export function Users() {
  const { say } = useText();
  const { client } = useSession();
  const users = useLive(['users'], () => client.users());
  const act = useAct();
  return (
    <>
      <NewUser />
      <Problem error={act.error} />
      <Loaded of={users}>
        {(rows) => (
          <DataTable
            label={say('users')}
            rows={rows}
            id={({ name }) => name}
            empty={say('noUsers')}
            columns={[
              { head: say('name'), cell: ({ name }) => name },
              {
                head: say('role'),
                cell: ({ name, role }) => (
                  <Select
                    size="xs"
                    w={120}
                    aria-label={`${say('role')} ${name}`}
                    data={[...ROLES]}
                    value={role}
                    allowDeselect={false}
                    onChange={(value) => act.mutate(() => client.changeUser(name, { role: value as PersonalRole }))}
                  />
                ),
              },
              { head: say('namespace'), cell: ({ namespace }) => namespace ?? '–' },
              { head: say('author'), cell: ({ author }) => author },
              {
                head: say('action'),
                cell: ({ name }) => (
                  <ConfirmButton
                    label={say('delete')}
                    question={say('removeUserSure', { name })}
                    onConfirm={() => act.mutate(() => client.removeUser(name))}
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

function NewUser() {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const [grant, setGrant] = useState<Grant<PersonalRole>>({ name: '', role: 'viewer', namespace: '' });
  const [password, setPassword] = useState('');
  const create = useMutation({
    mutationFn: () => client.createUser({ ...grant, password, namespace: grant.namespace || undefined }),
    onSuccess: () => {
      setGrant((before) => ({ ...before, name: '' }));
      setPassword('');
      return queries.invalidateQueries({ queryKey: ['users'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <>
      <Group component="form" onSubmit={submit} align="flex-end" gap="sm" aria-label={say('newUser')}>
        <GrantFields grant={grant} change={setGrant} roles={ROLES} />
        <PasswordInput
          size="xs"
          w={180}
          label={say('password')}
          required
          minLength={12}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': say('password') }}
        />
        <Button size="xs" type="submit" loading={create.isPending}>
          {say('newUser')}
        </Button>
      </Group>
      <Problem error={create.error} />
    </>
  );
}
