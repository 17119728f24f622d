import {
  Alert,
  Button,
  Center,
  Paper,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorText } from './part/error-text.tsx';
import { clientWith, type Entry } from './session.tsx';
import { useText } from './text/text.tsx';

/** By a token, which is tried, or by name and password. */
async function entryOf(way: Way, { token, name, password }: Given): Promise<Entry> {
  if (way === 'token') {
    await clientWith({ token: token.trim() }).me();
    return { token: token.trim() };
  }
  const { csrf } = await clientWith(null).signIn(name.trim(), password);
  return { csrf: csrf ?? '' };
}

type Way = 'token' | 'password';

interface Given {
  readonly token: string;
  readonly name: string;
  readonly password: string;
}

/** Asks for a token, or for name and password, and tries them. */
export function SignIn({ enter }: { enter(entry: Entry): void }) {
  const { say } = useText();
  const [way, setWay] = useState<Way>('token');
  const [given, setGiven] = useState<Given>({ token: '', name: '', password: '' });
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const isGiven = way === 'token' ? given.token.trim() !== '' : given.name.trim() !== '' && given.password !== '';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      enter(await entryOf(way, given));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const turn = (wanted: string) => {
    setProblem(null);
    setWay(wanted as Way);
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper component="form" onSubmit={submit} withBorder p="xl" w={420}>
        <Stack>
          <Title order={1} size="h3">
            Fairway
          </Title>
          <SegmentedControl
            aria-label={say('signIn')}
            value={way}
            onChange={turn}
            data={[
              { value: 'token', label: say('token') },
              { value: 'password', label: say('password') },
            ]}
          />
          {way === 'token' ? (
            <TokenField value={given.token} change={(token) => setGiven({ ...given, token })} />
          ) : (
            <PasswordFields given={given} change={setGiven} />
          )}
          {problem !== null && (
            <Alert color="red" variant="outline" role="alert">
              {way === 'token' ? <ErrorText error={problem} /> : <PasswordProblem error={problem} />}
            </Alert>
          )}
          <Button type="submit" loading={busy} disabled={!isGiven}>
            {say('signIn')}
          </Button>
          <OidcButton />
        </Stack>
      </Paper>
    </Center>
  );
}

/** The way by an OpenID provider, where there is one. */
function OidcButton() {
  const { say } = useText();
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => clientWith(null).signInWays() });
  if (!ways.data?.oidc) return null;
  return (
    <Button component="a" variant="default" href="/api/v1/oidc/login">
      {say('signInOpenId')}
    </Button>
  );
}

function TokenField({ value, change }: { value: string; change(token: string): void }) {
  const { say } = useText();
  return (
    <>
      <PasswordInput
        label={say('token')}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
        autoComplete="off"
        maxLength={256}
        visibilityToggleButtonProps={{ 'aria-label': say('token') }}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {say('tokenHint')}
      </Text>
    </>
  );
}

function PasswordFields({ given, change }: { given: Given; change(given: Given): void }) {
  const { say } = useText();
  return (
    <>
      <TextInput
        label={say('name')}
        value={given.name}
        onChange={(event) => change({ ...given, name: event.currentTarget.value })}
        autoComplete="username"
        maxLength={128}
      />
      <PasswordInput
        label={say('password')}
        value={given.password}
        onChange={(event) => change({ ...given, password: event.currentTarget.value })}
        autoComplete="current-password"
        maxLength={256}
        visibilityToggleButtonProps={{ 'aria-label': say('password') }}
      />
      <Text size="sm" c="dimmed">
        {say('passwordHint')}
      </Text>
    </>
  );
}

/** What a token would be told is not what is wrong here. */
function PasswordProblem({ error }: { error: unknown }) {
  return <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>;
}
