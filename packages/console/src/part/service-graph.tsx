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
  type NodeHandle,
  type NodeProps,
  Panel,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { type RefObject, useState } from 'react';
import { Link } from 'react-router';
import { type Arrow, type Box, type Graph, shapeOf } from '../graph.ts';
import { useKept } from '../kept.ts';
import { BOX } from '../layout.ts';
import { amount, share } from '../number.ts';
import { usePlaces } from '../places.ts';
import { useText } from '../text/text.tsx';
import { EdgeTable } from './edge-table.tsx';
import { LaneMark, laneColor } from './lane-mark.tsx';

/** More arrows than these stand still: to move them takes the browser longer than a frame. */
const MAX_MOVING = 300;
/** With more boxes than these, those out of sight are not made: to find out which they are takes longer than to draw them, while all are in sight. */
const MAX_SHOWN = 1_000;
/** Where arrows begin and end: told, since a box whose place is found by measuring loses its arrows whenever its numbers change. */
const HANDLES: NodeHandle[] = [
  { type: 'target', position: Position.Left, x: 0, y: BOX.height / 2 },
  { type: 'source', position: Position.Right, x: BOX.width, y: BOX.height / 2 },
];
/** Lanes between the same boxes are drawn beside each other. */
const LANE_GAP = 7;
const SICK_SHARE = 0.01;

export interface ServiceGraphProps {
  readonly graph: Graph;
  /** Set while somebody moves the picture. */
  readonly isHeld: RefObject<boolean>;
  /** Where a box leads. */
  linkOf(id: string): string;
}

/** Boxes and the traffic between them, by React Flow. An arrow that is chosen tells its numbers. */
export function ServiceGraph({ graph, isHeld, linkOf }: ServiceGraphProps) {
  const { say } = useText();
  const scheme = useComputedColorScheme('light');
  const [chosen, setChosen] = useState<string | null>(null);
  const { boxes, arrows } = graph;
  const lanes = [...new Set(['', ...arrows.map(({ lane }) => lane)])].sort();
  const places = usePlaces(shapeOf(graph));
  const made = boxes.flatMap((box): BoxNode[] => {
    const position = places?.get(box.id);
    const data = { box, link: linkOf(box.id) };
    return position ? [{ id: box.id, type: 'box', position, ...BOX, handles: HANDLES, data }] : [];
  });
  const nodes = useKept(made, ({ position: { x, y }, data }) => `${x} ${y} ${JSON.stringify(seenOf(data))}`);
  const drawn = arrows.map((arrow): ArrowEdge => {
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
  const edges = useKept(
    drawn,
    ({ id, selected, data }) => `${id} ${selected} ${data?.text} ${data?.shift} ${data?.isMoving}`,
  );
  const shown = arrows.find(({ id }) => id === chosen);
  return (
    <>
      <section
        aria-busy={nodes.length < boxes.length}
        style={{ height: '62vh', minHeight: 360 }}
        aria-label={say('topology')}
      >
        <ReactFlow
          // Other boxes are another picture, which is fitted into the view.
          key={`${nodes[0]?.id} ${nodes.length}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          colorMode={scheme}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          onlyRenderVisibleElements={nodes.length > MAX_SHOWN}
          fitView
          minZoom={0.05}
          proOptions={{ hideAttribution: true }}
          onMoveStart={() => {
            isHeld.current = true;
          }}
          onMoveEnd={() => {
            isHeld.current = false;
          }}
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
          {nodes.length > 60 && <MiniMap pannable zoomable ariaLabel={say('topology')} />}
        </ReactFlow>
      </section>
      {shown && <EdgeTable edges={shown.edges} />}
    </>
  );
}

type BoxNode = Node<{ box: Box; link: string }, 'box'>;
type ArrowEdge = Edge<{ arrow: Arrow; text: string; shift: number; isMoving: boolean }, 'arrow'>;

/** What is seen of a box: numbers as they are written. */
function seenOf({ box: { id, rate, errorShare, lanes, services }, link }: BoxNode['data']): readonly unknown[] {
  return [id, amount(rate), share(errorShare), errorShare > SICK_SHARE, lanes, services, link];
}

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
