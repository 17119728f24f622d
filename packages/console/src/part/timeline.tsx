import type { InstanceLosses, Rollout, SeenTransition } from '@fairway/model';
import { Text } from '@mantine/core';
import { clock } from '../number.ts';

const WIDTH = 640;
const ROW = 22;
const LEFT = 220;
/** How wide it is at most, and the part of it in which the names stand. */
export const TIMELINE = { width: LEFT + WIDTH, namesShare: LEFT / (LEFT + WIDTH) };
const COLORS: Readonly<Record<SeenTransition['what'], string>> = {
  starting: '#f08c00',
  ready: '#2f9e44',
  draining: '#1c7ed6',
  quiet: '#748ffc',
  gone: 'transparent',
  suspect: '#9c36b5',
  ejected: '#e03131',
  returned: '#2f9e44',
};

/** A time in which an instance was something. */
export interface Span {
  readonly what: SeenTransition['what'];
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an instance was, one span after the other until the rollout's end; nothing after it was gone. */
export function spansOf({ transitions }: Pick<InstanceLosses, 'transitions'>, endMs: number): Span[] {
  return transitions.flatMap(({ what, at }, index) => {
    const next = transitions[index + 1];
    const span = { what, fromMs: Date.parse(at), toMs: next ? Date.parse(next.at) : endMs };
    return what === 'gone' ? [] : [span];
  });
}

/** Instances over the time of a rollout. */
export function Timeline({ rollout }: { rollout: Rollout }) {
  const fromMs = Date.parse(rollout.from);
  const endMs = Math.max(Date.parse(rollout.to), fromMs + 1);
  const shown = rollout.instances.filter(({ transitions, lost }) => transitions.length > 0 || lost > 0);
  const x = (ms: number) => LEFT + ((ms - fromMs) / (endMs - fromMs)) * WIDTH;
  return (
    <>
      <svg
        viewBox={`0 0 ${LEFT + WIDTH} ${shown.length * ROW}`}
        role="img"
        aria-label={`${rollout.service} ${clock(rollout.from)}`}
        style={{ maxWidth: LEFT + WIDTH }}
      >
        {shown.map((losses, row) => (
          <g key={losses.instance} transform={`translate(0,${row * ROW})`}>
            <text x="0" y="15" fontSize="12" fill="currentColor">
              {`${losses.instance.slice(-26)} ${losses.release}`}
            </text>
            {spansOf(losses, endMs).map((span) => (
              <rect
                key={`${span.what} ${span.fromMs}`}
                x={x(span.fromMs)}
                y="4"
                width={Math.max(x(span.toMs) - x(span.fromMs), 2)}
                height="14"
                fill={COLORS[span.what]}
              >
                <title>{`${span.what} ${clock(new Date(span.fromMs).toISOString())}`}</title>
              </rect>
            ))}
            {losses.lost > 0 && (
              <text x={x(endMs) - 4} y="16" fontSize="12" fontWeight="700" textAnchor="end" fill="currentColor">
                {`✕ ${losses.lost}`}
              </text>
            )}
          </g>
        ))}
      </svg>
      <Text size="xs" c="dimmed" component="div">
        <Legend rollout={rollout} />
      </Text>
    </>
  );
}

function Legend({ rollout }: { rollout: Rollout }) {
  const seen = new Set(rollout.instances.flatMap(({ transitions }) => transitions.map(({ what }) => what)));
  seen.delete('gone');
  return [...seen].map((what) => (
    <span key={what} style={{ marginRight: 16 }}>
      <svg width="10" height="10" aria-hidden="true">
        <rect width="10" height="10" fill={COLORS[what]} />
      </svg>{' '}
      {what}
    </span>
  ));
}
