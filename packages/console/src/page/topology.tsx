import type { Topology, TrafficEdge } from '@fairway/model';
import { Group, Paper, Select } from '@mantine/core';
import { useMemo } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { placed, type Spot } from '../graph.ts';
import { useTraffic } from '../live.tsx';
import { amount, share } from '../number.ts';
import { EdgeTable } from '../part/edge-table.tsx';
import { LaneMark, laneColor } from '../part/lane-mark.tsx';
import { Page } from '../part/page.tsx';
import { linkTo, useNamespace } from '../place.ts';
import { useText } from '../text/text.tsx';
import { sumOf } from '../traffic.ts';

const BOX = { width: 170, height: 46 };
const GAP = { column: 110, row: 30 };
/** Services that are drawn at once; the table below has all. Focus shows the neighbours of one. */
const MAX_SERVICES = 150;

/** Who calls whom, now; of one service and its neighbours where it is focused. */
export function TopologyPage() {
  const { say } = useText();
  const [namespace] = useNamespace();
  const [query, setQuery] = useSearchParams();
  const now = useTraffic(namespace).at(-1);
  const focus = query.get('focus');
  const edges = (now?.edges ?? []).filter(({ from, to }) => focus === null || from === focus || to === focus);
  const names = new Set(now?.services.map(({ service }) => service));
  const setFocus = (service: string | null) =>
    setQuery({ ...(namespace ? { ns: namespace } : {}), ...(service ? { focus: service } : {}) });
  return (
    <Page
      title={say('topology')}
      actions={
        <Select
          size="xs"
          w={240}
          aria-label={say('search')}
          placeholder={say('search')}
          searchable
          clearable
          limit={50}
          data={[...names].sort()}
          value={focus}
          onChange={setFocus}
        />
      }
    >
      {now && <Graph now={now} edges={edges} focus={focus} />}
      <EdgeTable edges={edges} />
    </Page>
  );
}

function shownServices(now: Topology, edges: readonly TrafficEdge[], focus: string | null): string[] {
  const called = edges.flatMap(({ from, to }) => [from, to]);
  const all = focus === null ? [...called, ...now.services.map(({ service }) => service)] : [focus, ...called];
  return [...new Set(all)].slice(0, MAX_SERVICES);
}

function Graph({ now, edges, focus }: { now: Topology; edges: readonly TrafficEdge[]; focus: string | null }) {
  const { say } = useText();
  const services = shownServices(now, edges, focus);
  const key = `${services.join()} ${edges.map(({ from, to }) => `${from}>${to}`).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key tells whether services or edges are others
  const layout = useMemo(() => placed(services, edges), [key]);
  const width = layout.columns * (BOX.width + GAP.column) - GAP.column + 4;
  const height = layout.rows * (BOX.height + GAP.row) - GAP.row + 4;
  const lanes = [...new Set(['', ...edges.map(({ lane }) => lane)])].sort();
  return (
    <Paper withBorder p="md" style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={say('topology')}>
      <Group gap="lg" mb="sm">
        {lanes.map((lane) => (
          <LaneMark key={lane} lane={lane} />
        ))}
      </Group>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the region around it has the name */}
      <svg viewBox={`-2 -2 ${width} ${height}`} style={{ width: '100%', maxWidth: width, minWidth: width * 0.6 }}>
        {edges.map((edge) => (
          <EdgeLine
            key={`${edge.from} ${edge.to} ${edge.lane} ${edge.toLane}`}
            edge={edge}
            lanes={lanes}
            spots={layout.spots}
          />
        ))}
        {services.map((service) => (
          <ServiceBox key={service} service={service} spot={layout.spots.get(service)} now={now} />
        ))}
      </svg>
    </Paper>
  );
}

const left = ({ column }: Spot) => column * (BOX.width + GAP.column);
const top = ({ row }: Spot) => row * (BOX.height + GAP.row);

interface EdgeLineProps {
  readonly edge: TrafficEdge;
  readonly lanes: readonly string[];
  readonly spots: ReadonlyMap<string, Spot>;
}

function EdgeLine({ edge, lanes, spots }: EdgeLineProps) {
  const { say } = useText();
  const [from, to] = [spots.get(edge.from), spots.get(edge.to)];
  if (!from || !to) return null;
  const shift = (lanes.indexOf(edge.lane) - (lanes.length - 1) / 2) * 7;
  const [x1, y1] = [left(from) + BOX.width, top(from) + BOX.height / 2 + shift];
  const [x2, y2] = [left(to), top(to) + BOX.height / 2 + shift];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  return (
    <path
      d={`M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`}
      fill="none"
      stroke={laneColor(edge.lane)}
      strokeWidth={Math.min(6, 1.5 + Math.log10(1 + edge.rate))}
      className={edge.rate > 0 ? 'flow' : undefined}
      data-edge={`${edge.from} ${edge.to} ${edge.lane || 'base'}`}
    >
      <title>
        {`${edge.from} → ${edge.to} · ${edge.lane || say('base')} · ${amount(edge.rate)} ${say('requests')} · ${say('errors')} ${share(edge.errorShare)}`}
      </title>
    </path>
  );
}

function ServiceBox({ service, spot, now }: { service: string; spot: Spot | undefined; now: Topology }) {
  const navigate = useNavigate();
  const { say } = useText();
  const [namespace] = useNamespace();
  if (!spot) return null;
  const open = () => navigate(linkTo(`/services/${service}`, namespace));
  const sum = sumOf(now.nodes.filter((node) => node.service === service));
  const lanes = Object.keys(now.services.find((known) => known.service === service)?.instances ?? {}).sort();
  const name = service.slice(service.indexOf('/') + 1);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing
    <g
      transform={`translate(${left(spot)},${top(spot)})`}
      role="link"
      tabIndex={0}
      aria-label={service}
      onClick={open}
      onKeyDown={(event) => event.key === 'Enter' && open()}
      style={{ cursor: 'pointer' }}
    >
      <rect
        {...BOX}
        rx="4"
        fill="var(--mantine-color-body)"
        stroke={sum.errorShare > 0.01 ? '#e03131' : 'var(--mantine-color-default-border)'}
        strokeWidth="1.5"
      />
      <text x="10" y="19" fontSize="13" fontWeight="600" fill="currentColor">
        {name.length > 20 ? `${name.slice(0, 19)}…` : name}
      </text>
      <text x="10" y="36" fontSize="11" fill="var(--mantine-color-dimmed)">
        {`${amount(sum.rate)} ${say('requests')}`}
      </text>
      {lanes.map((lane, index) => (
        <rect key={lane} x={BOX.width - 16 - index * 12} y="28" width="8" height="8" fill={laneColor(lane)} />
      ))}
    </g>
  );
}
