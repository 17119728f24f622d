import type { Rollout, TrafficStep } from '@fairway/model';
import { useQuery } from '@tanstack/react-query';
import { amount } from '../number.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { linesWithin } from '../traffic.ts';
import { Chart } from './chart.tsx';
import { laneColor } from './lane-mark.tsx';
import { TIMELINE } from './timeline.tsx';

/** How long points of a step are kept, the finest first. */
const STEPS: readonly (readonly [TrafficStep, forMs: number])[] = [
  ['1s', 4 * 60_000],
  ['10s', 55 * 60_000],
  ['5m', 7 * 86_400_000],
];
/** A rollout that goes on gets another point so often; so long after its end all agents have told. */
const READ_EVERY_MS = 5_000;
const TOLD_AFTER_MS = 60_000;

/** What came to the service while it was rolled out, under the timeline of its instances. */
export function RolloutTraffic({ rollout: { service, from, to } }: { rollout: Rollout }) {
  const { say } = useText();
  const { client } = useSession();
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const series = useQuery({
    queryKey: ['rollout traffic', service, from, to],
    queryFn: () => {
      const agoMs = Date.now() - fromMs;
      const [step] = STEPS.find(([, forMs]) => agoMs < forMs) ?? ['5m'];
      return client.trafficSeries({ to: service, step, window: `${Math.ceil(agoMs / 1000) + 60}s` });
    },
    refetchInterval: () => (Date.now() - toMs < TOLD_AFTER_MS ? READ_EVERY_MS : false),
  });
  if (!series.data) return null;
  const range = [fromMs / 1000, Math.max(toMs, fromMs + 1000) / 1000] as const;
  const { times, lanes } = linesWithin(series.data, range);
  const lines = [...lanes].map(([lane, values]) => ({ name: lane || say('base'), color: laneColor(lane), values }));
  if (!lines.some(({ values }) => values.some((rate) => rate > 0))) return null;
  return (
    <div style={{ maxWidth: TIMELINE.width }}>
      <Chart
        label={say('requests')}
        times={times}
        lines={lines}
        range={range}
        axisShare={TIMELINE.namesShare}
        height={140}
        top={1}
        timeLabel={say('at')}
        text={amount}
      />
    </div>
  );
}
