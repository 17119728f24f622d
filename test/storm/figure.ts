import type { RollingResult } from './rolling.ts';
import type { Tenth } from './warm-up.ts';

const WIDTH = 760;
const STYLE = `<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 15px }
  .faint { fill: #57606a }
  .axis { stroke: #8c959f; fill: none }
  .lost { fill: #cf222e }
  .kept { fill: #1a7f37 }
  .curve { stroke: #8c959f; stroke-width: 2; stroke-dasharray: 5 4; fill: none }
  .agents { fill: #0969da }
  .nginx { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #9198a1 } }
</style>`;

function svg(height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`;
  return `${head}\n${STYLE}\n<text class="title" x="16" y="26">${title}</text>\n${parts.join('\n')}\n</svg>\n`;
}

const text = (x: number, y: number, said: string, more = '') => `<text x="${x}" y="${y}" ${more}>${said}</text>`;

/** Lost requests of each thousand while instances are replaced, by how they came. */
export function lossFigure(governed: RollingResult, without: RollingResult): string {
  const left = 150;
  const flows = [...new Set([...Object.keys(governed.flows), ...Object.keys(without.flows)])];
  const rateOf = ({ flows: counts }: RollingResult, flow: string) => {
    const count = counts[flow];
    return count && { ...count, rate: (1000 * count.failed) / count.sent };
  };
  const most = Math.max(
    1,
    ...flows.flatMap((flow) => [rateOf(governed, flow)?.rate ?? 0, rateOf(without, flow)?.rate ?? 0]),
  );
  const scale = (WIDTH - left - 190) / most;
  const bar = (y: number, result: RollingResult, flow: string, look: string) => {
    const one = rateOf(result, flow);
    if (!one) return '';
    const width = Math.max(2, one.rate * scale);
    const said = `${one.rate.toFixed(one.rate < 1 ? 2 : 1)} ‰ (${one.failed.toLocaleString('en')} of ${one.sent.toLocaleString('en')})`;
    return `<rect class="${look}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="11"/>${text(left + width + 8, y + 10, said, 'class="faint"')}`;
  };
  const rows = flows.map((flow, i) => {
    const y = 64 + i * 38;
    return `${text(16, y + 16, flow)}${bar(y, without, flow, 'lost')}${bar(y + 14, governed, flow, 'kept')}`;
  });
  const key = `<rect class="lost" x="16" y="40" width="10" height="10"/>${text(32, 50, 'without')}<rect class="kept" x="100" y="40" width="10" height="10"/>${text(116, 50, 'with Fairway')}`;
  return svg(74 + flows.length * 38, 'Requests lost while instances are replaced', [key, ...rows]);
}

/** What share a new instance got, beside what the curve says. */
export function warmUpFigure(shares: Readonly<Record<'agents' | 'NGINX', readonly Tenth[]>>): string {
  const [left, top, width, height] = [56, 66, WIDTH - 80, 230];
  const most = 0.25;
  const y = (share: number) => (top + height * (1 - share / most)).toFixed(1);
  const first = 10 - shares.agents.length;
  const x = (tenth: number) => left + (width * (tenth + 0.5)) / 10;
  const grid = [0, 0.05, 0.1, 0.15, 0.2, 0.25].map(
    (share) =>
      `<path class="axis" opacity="0.3" d="M${left} ${y(share)}h${width}"/>${text(16, Number(y(share)) + 4, `${Math.round(share * 100)} %`, 'class="faint"')}`,
  );
  const bars = (look: string, tenths: readonly Tenth[], shift: number) =>
    tenths.map(({ share }, i) => {
      const at = y(share);
      return `<rect class="${look}" x="${(x(10 - tenths.length + i) + shift).toFixed(1)}" y="${at}" width="18" height="${(top + height - Number(at)).toFixed(1)}"/>`;
    });
  const curve = shares.agents.map(({ expected }, i) => `${i === 0 ? 'M' : 'L'}${x(first + i)} ${y(expected)}`).join('');
  const tenths = Array.from({ length: 10 }, (_, i) =>
    text(x(i), top + height + 20, String(i + 1), 'class="faint" text-anchor="middle"'),
  );
  const key = `<rect class="agents" x="56" y="40" width="10" height="10"/>${text(72, 50, 'callers with an agent')}<rect class="nginx" x="230" y="40" width="10" height="10"/>${text(246, 50, 'NGINX')}<path class="curve" d="M310 45h30"/>${text(348, 50, 'the curve')}${text(left + width / 2, top + height + 42, 'tenth of the warm-up', 'class="faint" text-anchor="middle"')}`;
  return svg(top + height + 54, 'Share of a new instance beside four that are warm', [
    key,
    ...grid,
    ...bars('agents', shares.agents, -20),
    ...bars('nginx', shares.NGINX, 2),
    `<path class="curve" d="${curve}"/>`,
    ...tenths,
  ]);
}
