import { Alert, Button, Group, Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useText } from '../text/text.tsx';
import { ErrorText } from './error-text.tsx';

/** What was read, when it is there; until then that it is coming, or why it is not. */
export function Loaded<T>({ of, children }: { of: UseQueryResult<T>; children(data: T): ReactNode }) {
  const { say } = useText();
  if (of.data !== undefined) return children(of.data);
  if (!of.error) return <Loader size="sm" aria-label={say('loading')} role="status" />;
  return (
    <Alert color="red" variant="outline" title={say('failed')} role="alert">
      <ErrorText error={of.error} />
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={() => of.refetch()}>
          {say('retry')}
        </Button>
      </Group>
    </Alert>
  );
}
