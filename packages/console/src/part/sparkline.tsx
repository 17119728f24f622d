/** Lines over the same time, one for each colour; the newest value is at the right. */
export function Sparkline({ lines, label, width = 120, height = 28 }: SparklineProps) {
  const top = Math.max(...lines.flatMap(({ values }) => values), 1e-9);
  const longest = Math.max(...lines.map(({ values }) => values.length), 2);
  const pathOf = (values: readonly number[]) =>
    values
      .map((value, at) => {
        const x = ((longest - values.length + at) / (longest - 1)) * width;
        return `${at === 0 ? 'M' : 'L'}${x.toFixed(1)},${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`;
      })
      .join('');
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {lines.map(({ color, values }) => (
        <path key={color} d={pathOf(values)} fill="none" stroke={color} strokeWidth="1.5" />
      ))}
    </svg>
  );
}

interface SparklineProps {
  readonly label: string;
  readonly lines: readonly { readonly color: string; readonly values: readonly number[] }[];
  readonly width?: number;
  readonly height?: number;
}
