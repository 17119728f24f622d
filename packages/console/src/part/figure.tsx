import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number that matters, and what may stand under it. */
export function Figure({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={600} className="number">
        {value}
      </Text>
      {children}
    </Paper>
  );
}
