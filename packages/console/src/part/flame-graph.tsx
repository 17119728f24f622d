import type { Flame } from '@fairway/client';
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { flameBars, ownerOf } from '../flame-layout.ts';
import { duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';

const ROW = 20;
const OWNERS = ['application', 'dependency', 'runtime'] as const;

/** Where the time went: each function under its caller, as wide as it took. One that is clicked becomes the whole. */
export function FlameGraph({ root }: { root: Flame }) {
  const { say } = useText();
  const [zoomed, setZoomed] = useState<Flame>(root);
  const bars = flameBars(zoomed);
  const depth = Math.max(0, ...bars.map((bar) => bar.depth));
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Group gap="md">
          {OWNERS.map((owner) => (
            <Text key={owner} size="xs" component="span">
              <span className={`flame-key flame-${owner}`} /> {say(owner)}
            </Text>
          ))}
        </Group>
        <Button size="compact-xs" variant="default" disabled={zoomed === root} onClick={() => setZoomed(root)}>
          {say('wholeProfile')}
        </Button>
      </Group>
      {bars.length === 0 && <Text size="sm">{say('nothingRan')}</Text>}
      <section
        className="flame"
        style={{ height: bars.length === 0 ? 0 : (depth + 1) * ROW }}
        aria-label={say('flameGraph')}
      >
        {bars.map(({ flame, depth: row, left, width }) => (
          <button
            type="button"
            key={`${row} ${left} ${flame.name} ${flame.at}`}
            className={`flame-bar flame-${ownerOf(flame)}`}
            style={{ top: row * ROW, left: `${left * 100}%`, width: `${width * 100}%` }}
            title={`${flame.name} ${flame.at} · ${duration(flame.totalMs)} · ${share(width)}`}
            onClick={() => setZoomed(row === 0 ? root : flame)}
          >
            {width > 0.02 ? flame.name : ''}
          </button>
        ))}
      </section>
    </>
  );
}
