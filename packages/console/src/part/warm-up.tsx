import type { Warmup } from '@fairway/client';
import { Group, Text } from '@mantine/core';
import { duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { warmupPath } from '../warm-up-path.ts';

const WIDTH = 56;
const HEIGHT = 18;

/** The curve on which a new instance comes to its whole weight, and where on it it stands. */
export function WarmUp({ warmup, readyForMs }: { warmup: Warmup; readyForMs: number }) {
  const { say } = useText();
  const elapsed = Math.min(1, readyForMs / warmup.durationMs);
  const text = say('warming', { share: share(warmup.share), left: duration(warmup.durationMs - readyForMs) });
  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      <svg
        viewBox={`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`}
        width={WIDTH + 6}
        height={HEIGHT + 6}
        role="img"
        aria-label={text}
      >
        <title>{text}</title>
        <path d={warmupPath(warmup, WIDTH, HEIGHT)} fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.5" />
        <circle cx={elapsed * WIDTH} cy={(1 - warmup.share) * HEIGHT} r="3" fill="#f08c00" />
      </svg>
      <Text size="sm">{share(warmup.share)}</Text>
    </Group>
  );
}
