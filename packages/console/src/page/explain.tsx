import { type Explanation, explain } from '@fairway/core';
import { Alert, Grid, List, Paper, Select, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { useLive } from '../live.tsx';
import { ErrorText } from '../part/error-text.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { useNamespace } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { requestOf } from '../written-request.ts';

/** Type a request, see the decision: by the code that agents decide by. */
export function ExplainPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const [query, setQuery] = useSearchParams();
  const world = useLive(['world', namespace], () => client.world(namespace));
  const set = (name: string) => (value: string | null) =>
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  const field = (name: string) => query.get(name) ?? '';
  const instances = world.data?.instances ?? [];
  const at = field('at') || instances[0]?.id || '';
  const request = requestOf(field('method'), field('url') || '/', field('headers'));
  const call = field('call') ? requestOf('', field('call'), '') : undefined;
  return (
    <Page title={say('explain')}>
      <Grid>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="sm">
            <Select
              label={say('instance')}
              searchable
              limit={100}
              data={instances.map(({ id }) => id)}
              value={at || null}
              onChange={set('at')}
            />
            <TextInput
              label={say('path')}
              placeholder="/"
              value={field('url')}
              onChange={(event) => set('url')(event.currentTarget.value)}
            />
            <Textarea
              label={say('headers')}
              placeholder="x-user: anna"
              autosize
              minRows={3}
              value={field('headers')}
              onChange={(event) => set('headers')(event.currentTarget.value)}
            />
            <TextInput
              label={say('callUrl')}
              placeholder="http://greeter:8080/"
              value={field('call')}
              onChange={(event) => set('call')(event.currentTarget.value)}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Loaded of={world}>
            {(known) =>
              at === '' ? (
                <Text c="dimmed">{say('noServices')}</Text>
              ) : (
                <Decision of={() => explain(known, at, request, call)} />
              )
            }
          </Loaded>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Decision({ of }: { of(): Explanation }) {
  const { say } = useText();
  let decided: Explanation;
  try {
    decided = of();
  } catch (error) {
    return (
      <Alert color="red" variant="outline" role="alert">
        <ErrorText error={error} />
      </Alert>
    );
  }
  const { call } = decided;
  return (
    <Stack gap="sm" aria-live="polite">
      <Paper withBorder p="md">
        <Title order={2} size="h5">
          {say('laneOfRequest')}: <LaneMark lane={decided.lane} /> ({decided.reason})
        </Title>
        <Steps steps={decided.steps} />
      </Paper>
      {call && (
        <Paper withBorder p="md">
          <Title order={2} size="h5">
            {call.eligible === null ? say('asDialled') : `${say('eligible')} (${call.reason})`}
          </Title>
          <Steps steps={call.steps} />
          {call.message && (
            <Text size="sm" fw={600}>
              {call.message}
            </Text>
          )}
          <List size="sm">
            {call.eligible?.slice(0, 50).map((id) => (
              <List.Item key={id} className="mono">
                {id}
              </List.Item>
            ))}
          </List>
          <Text size="sm" mt="xs" fw={600}>
            {say('sent')}
          </Text>
          <pre className="mono">
            {Object.entries(call.sent)
              .map(([name, value]) => `${name}: ${value}`)
              .join('\n') || '–'}
          </pre>
        </Paper>
      )}
    </Stack>
  );
}

function Steps({ steps }: Pick<Explanation, 'steps'>) {
  return (
    <List size="sm" my="xs" listStyleType="none">
      {steps.map(({ step, taken, text }) => (
        <List.Item key={`${step} ${text}`} fw={taken ? 600 : 400} c={taken ? 'inherit' : 'dimmed'}>
          {`${taken ? '✓' : '·'} ${text}`}
        </List.Item>
      ))}
    </List>
  );
}
