import type { LiveAgent, LiveInstance } from '@fairway/client';
import type { ServiceTrafficDetail } from '@fairway/model';
import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { useLive, useTraffic } from '../live.tsx';
import { amount, duration, share } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { EdgeTable } from '../part/edge-table.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { LaneTraffic } from '../part/lane-traffic.tsx';
import { InstanceLink } from '../part/link.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { ServiceCharts } from '../part/service-charts.tsx';
import { WarmUp } from '../part/warm-up.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** Numbers of single instances and endpoints are read again so often. */
const DETAIL_EVERY_MS = 2_000;

/** One service: its instances, its endpoints, who calls it and whom it calls. */
export function ServicePage() {
  const { say } = useText();
  const { client } = useSession();
  const { namespace = '', name = '' } = useParams();
  const service = `${namespace}/${name}`;
  const seen = useTraffic(namespace);
  const instances = useLive(['instances', service], () => client.instances({ namespace, service }));
  const agents = useLive(['agents', service], () => client.agents({ namespace, service }));
  const detail = useQuery({
    queryKey: ['service traffic', service],
    queryFn: () => client.serviceTraffic(service, '60s'),
    refetchInterval: DETAIL_EVERY_MS,
  });
  const edges = seen.at(-1)?.edges.filter(({ from, to }) => from === service || to === service) ?? [];
  return (
    <Page title={service}>
      <ServiceCharts seen={seen} service={service} />
      <LaneTraffic seen={seen} service={service} />
      <Title order={2} size="h5">
        {say('instances')}
      </Title>
      <Loaded of={instances}>
        {(found) => <InstanceTable instances={found} agents={agents.data ?? []} detail={detail.data} />}
      </Loaded>
      <Title order={2} size="h5">
        {say('calls')}
      </Title>
      <EdgeTable edges={edges} />
      <Title order={2} size="h5">
        {say('endpoints')}
      </Title>
      <Loaded of={detail}>{({ endpoints }) => <EndpointTable endpoints={endpoints} />}</Loaded>
    </Page>
  );
}

interface InstanceTableProps {
  readonly instances: readonly LiveInstance[];
  readonly agents: readonly LiveAgent[];
  readonly detail: ServiceTrafficDetail | undefined;
}

/** An instance's state, and what keeps traffic from it. */
function stateOf({ state, suspect, ejected, connected }: LiveInstance): string {
  const marks = [suspect && 'suspect', ejected && 'ejected', !connected && 'disconnected'].filter(Boolean);
  return [state, ...marks].join(', ');
}

function InstanceTable({ instances, agents, detail }: InstanceTableProps) {
  const { say } = useText();
  const agentOf = new Map(agents.map((agent) => [agent.instance, agent]));
  const trafficOf = new Map(detail?.instances.map((traffic) => [traffic.instance, traffic]));
  return (
    <DataTable
      label={say('instances')}
      rows={instances}
      id={({ id }) => id}
      empty={say('noServices')}
      columns={[
        { head: say('instance'), cell: ({ id }) => <InstanceLink id={id} /> },
        { head: say('lane'), cell: ({ lane = '' }) => <LaneMark lane={lane} /> },
        { head: say('state'), cell: stateOf },
        { head: say('version'), cell: ({ labels }) => labels?.['release'] ?? labels?.['version'] ?? '–' },
        { head: say('zone'), cell: ({ zone }) => zone || '–' },
        {
          head: say('weight'),
          numeric: true,
          cell: ({ weight = 100, warmup }) => Math.round(weight * (warmup?.share ?? 1)),
        },
        {
          head: say('warm'),
          numeric: true,
          cell: ({ warmup, readyForMs }) =>
            warmup ? <WarmUp warmup={warmup} readyForMs={readyForMs ?? 0} /> : duration(readyForMs),
        },
        { head: say('requests'), numeric: true, cell: ({ id }) => amount(trafficOf.get(id)?.rate ?? 0) },
        { head: say('errors'), numeric: true, cell: ({ id }) => share(trafficOf.get(id)?.errorShare ?? 0) },
        { head: say('agent'), cell: ({ id }) => agentOf.get(id)?.agent?.version ?? '–' },
        { head: say('revision'), numeric: true, cell: ({ revision }) => revision ?? '–' },
      ]}
    />
  );
}

function EndpointTable({ endpoints }: Pick<ServiceTrafficDetail, 'endpoints'>) {
  const { say } = useText();
  return (
    <DataTable
      label={say('endpoints')}
      rows={endpoints}
      id={({ endpoint, lane }) => `${lane} ${endpoint}`}
      empty={say('noTraffic')}
      columns={[
        { head: say('endpoint'), cell: ({ endpoint }) => <span className="mono">{endpoint}</span> },
        { head: say('lane'), cell: ({ lane }) => <LaneMark lane={lane} /> },
        { head: say('requests'), numeric: true, cell: ({ rate }) => amount(rate) },
        { head: say('errors'), numeric: true, cell: ({ errorShare }) => share(errorShare) },
        { head: say('median'), numeric: true, cell: ({ p50Ms }) => duration(p50Ms) },
        { head: say('p99'), numeric: true, cell: ({ p99Ms }) => duration(p99Ms) },
      ]}
    />
  );
}
