import type { ReleaseStatus, ReleaseStep } from '@fairway/model';
import { Group, Paper, Stepper, Text } from '@mantine/core';
import { useState } from 'react';
import { keyOf } from '../text/key-of.ts';
import { useText } from '../text/text.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

type Say = ReturnType<typeof useText>['say'];

function stepText(say: Say, { percent, match, pause, check }: ReleaseStep): string {
  if (percent !== undefined) return say('trafficPercent', { percent });
  if (match !== undefined) return say('trafficMatch');
  if (pause === undefined) return [say('checkStep'), check?.for].filter(Boolean).join(' ');
  const parts = [
    pause.for,
    pause.approval && say('untilApproved'),
    pause.requests !== undefined && say('untilRequests', { count: pause.requests }),
  ];
  return `${say('pauseStep')} ${parts.filter(Boolean).join(', ')}`;
}

/** The steps of a release, and at which it is; `jump` takes it to one of them, once that is confirmed. */
export function ReleaseSteps({ status, jump }: { status: ReleaseStatus; jump: ((to: number) => void) | undefined }) {
  const { say } = useText();
  const [asked, ask] = useState<number | null>(null);
  const { release, state } = status;
  const { steps } = release.spec;
  return (
    <Paper withBorder p="md">
      <Stepper
        active={state.step}
        size="xs"
        color={state.cause === null ? 'blue.9' : 'red.9'}
        {...(jump ? { onStepClick: ask } : {})}
      >
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step has no other name
          <Stepper.Step key={index} label={stepText(say, step)} allowStepClick={jump !== undefined} />
        ))}
      </Stepper>
      <ConfirmDialog
        label={say('jumpTo')}
        question={
          asked === null
            ? null
            : `${say('stepOf', { step: asked + 1, steps: steps.length })}: ${stepText(say, steps[asked] ?? {})}`
        }
        close={() => ask(null)}
        onConfirm={() => asked !== null && jump?.(asked + 1)}
      />
      {status.watch && status.watch.waitsFor.length > 0 && (
        <Group gap={6} mt="md" role="status">
          <Text size="sm" fw={600}>
            {`${say('waitsFor')}:`}
          </Text>
          <Text size="sm">
            {status.watch.waitsFor
              .map(({ what, detail }) => say(keyOf('wait', what), { detail: detail || say('everyone') }))
              .join('; ')}
          </Text>
        </Group>
      )}
    </Paper>
  );
}
