import { Button, Group, Modal, Text } from '@mantine/core';
import { useText } from '../text/text.tsx';

/** Asks before something is done; `question` null: nothing is asked. */
export function ConfirmDialog({ label, question, close, onConfirm }: ConfirmDialogProps) {
  const { say } = useText();
  return (
    <Modal opened={question !== null} onClose={close} title={label} closeButtonProps={{ 'aria-label': say('close') }}>
      <Text size="sm">{question}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>
          {say('cancel')}
        </Button>
        <Button
          color="red.9"
          onClick={() => {
            close();
            onConfirm();
          }}
        >
          {label}
        </Button>
      </Group>
    </Modal>
  );
}

interface ConfirmDialogProps {
  readonly label: string;
  readonly question: string | null;
  close(): void;
  onConfirm(): void;
}
