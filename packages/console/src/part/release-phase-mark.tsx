import type { ReleasePhase } from '@fairway/model';
import { Badge } from '@mantine/core';
import { useText } from '../text/text.tsx';

const COLORS: Readonly<Record<ReleasePhase, string>> = {
  waiting: 'gray.8',
  running: 'blue.9',
  promoting: 'blue.9',
  rollingBack: 'red.9',
  promoted: 'green.9',
  rolledBack: 'red.9',
};

/** How a release stands, by its word and its colour. */
export function ReleasePhaseMark({ phase }: { phase: ReleasePhase }) {
  const { say } = useText();
  return (
    <Badge color={COLORS[phase]} radius="sm" tt="none">
      {say(phase)}
    </Badge>
  );
}
