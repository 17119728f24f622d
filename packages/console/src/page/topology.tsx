import { Paper, SegmentedControl, Select } from '@mantine/core';
import { lazy, Suspense, useRef } from 'react';
import { namespaceGraph, serviceGraph } from '../graph.ts';
import { useTraffic } from '../live.tsx';
import { EdgeTable } from '../part/edge-table.tsx';
import { Page } from '../part/page.tsx';
import { linkTo, useNamespace, useShown } from '../place.ts';
import { useText } from '../text/text.tsx';

const ServiceGraph = lazy(async () => ({ default: (await import('../part/service-graph.tsx')).ServiceGraph }));

/** With more services than these, namespaces are shown first. */
const MAX_SERVICES = 1_000;

/** Who calls whom, now: services, those around one of them, or whole namespaces. */
export function TopologyPage() {
  const { say } = useText();
  const [namespace] = useNamespace();
  const [{ focus, group: asked }, show] = useShown('focus', 'group');
  const isHeld = useRef(false);
  const now = useTraffic(namespace, isHeld).at(-1);
  const services = now?.services.map(({ service }) => service) ?? [];
  const group = asked ?? (services.length > MAX_SERVICES && focus === null ? 'namespace' : 'service');
  const isGrouped = group === 'namespace';
  const graph = now && (isGrouped ? namespaceGraph(now) : serviceGraph(now, focus));
  return (
    <Page
      title={say('topology')}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label={say('groupBy')}
            data={[
              { value: 'service', label: say('services') },
              { value: 'namespace', label: say('namespaces') },
            ]}
            value={group}
            onChange={(value) => show({ group: value, focus: null })}
          />
          <Select
            size="xs"
            w={240}
            aria-label={say('search')}
            placeholder={say('search')}
            searchable
            clearable
            limit={50}
            data={[...new Set(services)].sort()}
            value={focus}
            onChange={(value) => show({ focus: value, group: null })}
          />
        </>
      }
    >
      {graph && graph.boxes.length > 0 && (
        <Paper withBorder>
          <Suspense fallback={<div style={{ height: '62vh' }} />}>
            <ServiceGraph
              graph={graph}
              isHeld={isHeld}
              linkOf={(id) => (isGrouped ? linkTo('/topology', id) : linkTo(`/services/${id}`, namespace))}
            />
          </Suspense>
        </Paper>
      )}
      <EdgeTable edges={graph?.arrows.flatMap(({ edges }) => edges) ?? []} />
    </Page>
  );
}
