import { Alert } from '@mantine/core';
import { ErrorText } from './error-text.tsx';

/** What went wrong with something that was to be done; null: nothing. */
export function Problem({ error }: { error: unknown }) {
  if (error === null) return null;
  return (
    <Alert color="red" variant="outline" role="alert">
      <ErrorText error={error} />
    </Alert>
  );
}
