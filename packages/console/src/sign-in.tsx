import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ErrorText } from './part/error-text.tsx';
import { clientWith } from './session.tsx';
import { useText } from './text/text.tsx';

/** Asks for a token and tries it. */
export function SignIn({ enter }: { enter(token: string): void }) {
  const { say } = useText();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await clientWith(token.trim()).namespaces();
      enter(token.trim());
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper component="form" onSubmit={submit} withBorder p="xl" w={420}>
        <Stack>
          <Title order={1} size="h3">
            Fairway
          </Title>
          <PasswordInput
            label={say('token')}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            maxLength={256}
            visibilityToggleButtonProps={{ 'aria-label': say('token') }}
            data-autofocus
          />
          <Text size="sm" c="dimmed">
            {say('tokenHint')}
          </Text>
          {problem !== null && (
            <Alert color="red" variant="outline" role="alert">
              <ErrorText error={problem} />
            </Alert>
          )}
          <Button type="submit" loading={busy} disabled={token.trim() === ''}>
            {say('signIn')}
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}
