import type { HopNode, RequestTrace } from '@fairway/model';
import { Code, Group, Paper, Stack, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { duration } from '../number.ts';
import { useText } from '../text/text.tsx';
import { waterfallRows } from '../waterfall.ts';
import { LaneMark, laneColor } from './lane-mark.tsx';

const INDENT = 14;

/** Every hop of a request over its time; one that is opened tells how it was decided. */
export function Waterfall({ trace }: { trace: RequestTrace }) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <Paper withBorder p="sm">
      {waterfallRows(trace).map(({ hop, depth, left, width }) => (
        <div key={hop.id}>
          <UnstyledButton
            className="hop"
            aria-expanded={opened === hop.id}
            onClick={() => setOpened(opened === hop.id ? null : hop.id)}
          >
            <span style={{ paddingLeft: depth * INDENT }} className="hop-name">
              {hop.kind === 'served' ? `${hop.service} ${hop.method} ${hop.path}` : `→ ${hop.to ?? hop.path}`}
            </span>
            <LaneMark lane={hop.lane} />
            <span className="hop-reason">{hop.reason}</span>
            <span className="number">{hop.status ?? hop.outcome}</span>
            <span className="number">{duration(hop.tookMs)}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" className="hop-time">
              <rect
                x={left * 100}
                width={Math.max(width * 100, 0.5)}
                y={hop.kind === 'served' ? 1 : 3}
                height={hop.kind === 'served' ? 8 : 4}
                fill={laneColor(hop.lane)}
              />
            </svg>
          </UnstyledButton>
          {opened === hop.id && <HopDetail hop={hop} />}
        </div>
      ))}
    </Paper>
  );
}

function HopDetail({ hop: { instance, instanceLane, steps, eligible, attempts } }: { hop: HopNode }) {
  const { say } = useText();
  return (
    <Stack gap={4} p="sm" pl="xl">
      <Group gap="xs" fz="sm">
        <Text size="sm" className="mono">
          {instance}
        </Text>
        <LaneMark lane={instanceLane} />
      </Group>
      {steps.map(({ step, taken, text }) => (
        <Text key={`${step} ${text}`} size="sm" {...(taken ? {} : { c: 'dimmed' })}>
          {`${taken ? '✓' : '·'} ${step}: ${text}`}
        </Text>
      ))}
      {eligible && <Text size="sm">{`${say('eligible')}: ${eligible.count} (${eligible.instances.join(', ')})`}</Text>}
      {attempts.map((attempt) => (
        <Code key={attempt.afterMs}>
          {`${attempt.instance} · ${attempt.outcome} · ${duration(attempt.tookMs)} (+${duration(attempt.afterMs)})`}
        </Code>
      ))}
    </Stack>
  );
}
