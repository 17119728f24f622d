import { isFairwayError } from '@fairway/model';
import { List, Text } from '@mantine/core';
import { useText } from '../text/text.tsx';

/** What went wrong, in words, and field by field where that is known. */
export function ErrorText({ error }: { error: unknown }) {
  const { say } = useText();
  if (!isFairwayError(error)) return <Text size="sm">{error instanceof Error ? error.message : say('failed')}</Text>;
  if (error.code === 'FAIRWAY_UNAUTHENTICATED') return <Text size="sm">{say('tokenBad')}</Text>;

  return (
    <>
      <Text size="sm">{error.message}</Text>
      <List size="sm">
        {error.problems.map(({ path, found, expected }) => (
          <List.Item key={path}>{`${path}: ${found} → ${expected}`}</List.Item>
        ))}
      </List>
    </>
  );
}
