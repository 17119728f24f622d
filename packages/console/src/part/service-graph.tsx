import '@xyflow/react/dist/style.css';
import { Group, useComputedColorScheme } from '@mantine/core';
import {
  BaseEdge,
  Controls,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Panel,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { type Arrow, BOX, type Box, type Graph, placed } from '../graph.ts';
import { amount, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { EdgeTable } from './edge-table.tsx';
import { LaneMark, laneColor } from './lane-mark.tsx';

/** More arrows than these stand still, and more boxes are drawn only where they are seen: all take the browser longer than a frame. */
const MAX_MOVING = 300;
/** Lanes between the same boxes are drawn beside each other. */
const LANE_GAP = 7;
const SICK_SHARE = 0.01;

export interface ServiceGraphProps {
  readonly graph: Graph;
  /** Where a box leads. */
  linkOf(id: string): string;
}

/** Boxes and the traffic between them, by React Flow. An arrow that is chosen tells its numbers. */
export function ServiceGraph({ graph, linkOf }: ServiceGraphProps) {
  const { say } = useText();
  const scheme = useComputedColorScheme('light');
  const [chosen, setChosen] = useState<string | null>(null);
  const { boxes, arrows } = graph;
  const lanes = [...new Set(['', ...arrows.map(({ lane }) => lane)])].sort();
  const shape = `${boxes.map(({ id }) => id).join()} ${[...new Set(arrows.map(({ from, to }) => `${from}>${to}`))].sort().join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other numbers do not move boxes
  const places = useMemo(() => placed(graph), [shape]);
  const nodes = boxes.map(
    (box): BoxNode => ({
      id: box.id,
      type: 'box',
      position: places.get(box.id) ?? { x: 0, y: 0 },
      ...BOX,
      data: { box, link: linkOf(box.id) },
    }),
  );
  const edges = arrows.map((arrow): ArrowEdge => {
    const { id, from, to, lane, rate, errorShare } = arrow;
    const text = `${from} → ${to} · ${lane || say('base')} · ${amount(rate)}/s · ${share(errorShare)}`;
    return {
      id,
      type: 'arrow',
      source: from,
      target: to,
      selected: id === chosen,
      ariaLabel: text,
      data: {
        arrow,
        text,
        shift: (lanes.indexOf(lane) - (lanes.length - 1) / 2) * LANE_GAP,
        isMoving: rate > 0 && arrows.length <= MAX_MOVING,
      },
    };
  });
  const shown = arrows.find(({ id }) => id === chosen);
  return (
    <>
      <section style={{ height: '62vh', minHeight: 360 }} aria-label={say('topology')}>
        <ReactFlow
          // Other boxes are another picture, which is fitted into the view.
          key={`${boxes[0]?.id} ${boxes.length}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          colorMode={scheme}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          onlyRenderVisibleElements={boxes.length > MAX_MOVING}
          fitView
          minZoom={0.05}
          proOptions={{ hideAttribution: true }}
          onEdgesChange={(changes) => {
            for (const change of changes) if (change.type === 'select') setChosen(change.selected ? change.id : null);
          }}
        >
          <Panel position="top-left">
            <Group gap="lg" fz="sm">
              {lanes.map((lane) => (
                <LaneMark key={lane} lane={lane} />
              ))}
            </Group>
          </Panel>
          <Controls showInteractive={false} />
          {boxes.length > 60 && <MiniMap pannable zoomable ariaLabel={say('topology')} />}
        </ReactFlow>
      </section>
      {shown && <EdgeTable edges={shown.edges} />}
    </>
  );
}

type BoxNode = Node<{ box: Box; link: string }, 'box'>;
type ArrowEdge = Edge<{ arrow: Arrow; text: string; shift: number; isMoving: boolean }, 'arrow'>;

function BoxView({ data: { box, link } }: NodeProps<BoxNode>) {
  const { say } = useText();
  const { id, rate, errorShare, lanes, services } = box;
  return (
    <Link
      to={link}
      className={errorShare > SICK_SHARE ? 'box box-sick' : 'box'}
      draggable={false}
      title={`${id} · ${say('errors')} ${share(errorShare)}`}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <strong>{id.slice(id.indexOf('/') + 1)}</strong>
      <span>
        {services > 1 && `${services} ${say('services')} · `}
        {`${amount(rate)} ${say('requests')}`}
      </span>
      <svg width={lanes.length * 12} height="8" aria-hidden="true">
        {lanes.map((lane, index) => (
          <rect key={lane} x={index * 12} width="8" height="8" fill={laneColor(lane)} />
        ))}
      </svg>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </Link>
  );
}

function ArrowView({ id, sourceX, sourceY, targetX, targetY, data, selected }: EdgeProps<ArrowEdge>) {
  if (!data) return null;
  const { arrow, text, shift, isMoving } = data;
  const [path] = getBezierPath({
    sourceX,
    sourceY: sourceY + shift,
    sourcePosition: Position.Right,
    targetX,
    targetY: targetY + shift,
    targetPosition: Position.Left,
  });
  const width = Math.min(6, 1.5 + Math.log10(1 + arrow.rate));
  return (
    <>
      <BaseEdge
        path={path}
        data-edge={id}
        className={isMoving ? 'flow' : ''}
        style={{ stroke: laneColor(arrow.lane), strokeWidth: selected ? width + 2 : width }}
      />
      <title>{text}</title>
    </>
  );
}

const NODE_TYPES = { box: BoxView };
const EDGE_TYPES = { arrow: ArrowView };
