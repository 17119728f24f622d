import { Group, Text } from '@mantine/core';
import { useText } from '../text/text.tsx';

const COLORS = ['#e8590c', '#0c8599', '#9c36b5', '#2f9e44', '#c2255c', '#f08c00'];
const BASE_COLOR = '#748ffc';

/** The colour of a lane, everywhere the same. Base is ''. */
export function laneColor(lane: string): string {
  if (lane === '') return BASE_COLOR;
  let hash = 0;
  for (const letter of lane) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return COLORS[hash % COLORS.length] ?? BASE_COLOR;
}

/** A lane by its colour and its name: never by colour alone. */
export function LaneMark({ lane }: { lane: string }) {
  const { say } = useText();
  return (
    <Group component="span" gap={6} wrap="nowrap" display="inline-flex">
      <svg width="10" height="10" aria-hidden="true">
        {lane === '' ? (
          <circle cx="5" cy="5" r="4" fill={laneColor(lane)} />
        ) : (
          <rect x="1" y="1" width="8" height="8" rx="1" fill={laneColor(lane)} />
        )}
      </svg>
      <Text span inherit>
        {lane === '' ? say('base') : lane}
      </Text>
    </Group>
  );
}
