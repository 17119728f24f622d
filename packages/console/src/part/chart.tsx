import { lazy, Suspense } from 'react';
import type { ChartProps } from './drawn-chart.tsx';

const DrawnChart = lazy(() => import('./drawn-chart.tsx').then((loaded) => ({ default: loaded.DrawnChart })));

/** Lines over time. The library that draws them is loaded with the first. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<div style={{ height: props.height }} />}>
      <DrawnChart {...props} />
    </Suspense>
  );
}
