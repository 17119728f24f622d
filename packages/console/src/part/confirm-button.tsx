import { Button, Group, Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../text/text.tsx';

/** A button for what should not happen by a slip: it asks first. */
export function ConfirmButton({ label, question, onConfirm }: ConfirmButtonProps) {
  const { say } = useText();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setAsking(true)}>
        {label}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={label}
        closeButtonProps={{ 'aria-label': say('close') }}
      >
        <Text size="sm">{question}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            {say('cancel')}
          </Button>
          <Button
            color="red.9"
            onClick={() => {
              setAsking(false);
              onConfirm();
            }}
          >
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

interface ConfirmButtonProps {
  readonly label: string;
  readonly question: string;
  onConfirm(): void;
}
