import type { Topology } from '@fairway/model';
import { useText } from '../text/text.tsx';
import { rateLines } from '../traffic.ts';
import { laneColor } from './lane-mark.tsx';
import { Sparkline } from './sparkline.tsx';

/** Requests a second by lane, as they were since the page looks. */
export function RateLines({ seen, service, width, height }: RateLinesProps) {
  const { say } = useText();
  const lines = [...rateLines(seen, service)].map(([lane, values]) => ({ color: laneColor(lane), values }));
  return <Sparkline label={say('requests')} lines={lines} width={width ?? 120} height={height ?? 28} />;
}

interface RateLinesProps {
  readonly seen: readonly Topology[];
  readonly service?: string;
  readonly width?: number;
  readonly height?: number;
}
