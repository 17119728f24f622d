import { Button } from '@mantine/core';
import { useState } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** A button for what should not happen by a slip: it asks first. */
export function ConfirmButton({ label, question, onConfirm }: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setAsking(true)}>
        {label}
      </Button>
      <ConfirmDialog
        label={label}
        question={asking ? question : null}
        close={() => setAsking(false)}
        onConfirm={onConfirm}
      />
    </>
  );
}

interface ConfirmButtonProps {
  readonly label: string;
  readonly question: string;
  onConfirm(): void;
}
