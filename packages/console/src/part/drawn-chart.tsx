import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot, { type AlignedData, type Options, type Series } from 'uplot';

export interface ChartLine {
  readonly name: string;
  readonly color: string;
  /** One for each time; null: there is none. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** What the lines are, in words: for those who do not see them, and over the chart. */
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly height: number;
  /** A value as it is read. */
  text(value: number): string;
  /** The axis of values reaches to this at least. */
  readonly top: number;
  /** What stands before the time under the pointer. */
  readonly timeLabel: string;
  /** The axis of time, where it is more than the lines reach: seconds. */
  readonly range?: readonly [from: number, to: number];
  /** Part of the width that the axis of values takes: what stands under something else is to begin where that does. */
  readonly axisShare?: number;
}

const AXIS_WIDTH = 64;
/** Seconds between two marks on the axis of time. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 300, 900, 3600, 10_800, 86_400];
const FONT = '11px system-ui, sans-serif';

/** Lines over time, by uPlot; the values under the pointer stand in the legend. */
export function DrawnChart(props: ChartProps) {
  const scheme = useComputedColorScheme('light');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const latest = useRef(props);
  latest.current = props;
  const names = props.lines.map(({ name }) => name).join('\n');

  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines or colours are another chart; new values are not
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const drawn = new UPlot(optionsOf(latest.current, parent, scheme), dataOf(latest.current), parent);
    plot.current = drawn;
    const watch = new ResizeObserver(() => drawn.setSize({ width: parent.clientWidth, height: latest.current.height }));
    watch.observe(parent);
    return () => {
      watch.disconnect();
      plot.current = null;
      drawn.destroy();
    };
  }, [names, scheme, props.height]);

  useEffect(() => plot.current?.setData(dataOf(props)), [props]);

  return <div ref={place} role="img" aria-label={props.label} className="chart" />;
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(document.documentElement.lang, { hour12: false });
}

function dataOf({ times, lines }: ChartProps): AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])] as AlignedData;
}

function optionsOf(props: ChartProps, parent: HTMLElement, scheme: string): Options {
  const { label, lines, height, text, top, timeLabel, range, axisShare } = props;
  const width = parent.clientWidth;
  const ink = scheme === 'dark' ? '#a6a7ab' : '#495057';
  const grid = { stroke: scheme === 'dark' ? '#373a40' : '#e9ecef', width: 1 };
  const axis = { stroke: ink, grid, ticks: grid, font: FONT };
  return {
    width,
    height,
    padding: [null, 0, null, 0],
    title: label,
    scales: {
      x: range ? { range: () => [...range] } : {},
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, top) * 1.1] },
    },
    axes: [
      { ...axis, incrs: [...TIME_STEPS], space: 70, values: (_plot, ticks) => ticks.map(clockTime) },
      { ...axis, size: axisShare ? width * axisShare : AXIS_WIDTH, values: (_plot, ticks) => ticks.map(text) },
    ],
    legend: { live: true },
    cursor: { drag: { x: false, y: false } },
    series: [
      { label: timeLabel, value: (_plot, at) => (at === null ? '–' : clockTime(at)) },
      ...lines.map(
        ({ name, color }): Series => ({
          label: name,
          stroke: color,
          width: 2,
          spanGaps: false,
          points: { show: false },
          value: (_plot, value) => (value === null ? '–' : text(value)),
        }),
      ),
    ],
  };
}
