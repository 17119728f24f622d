import type { LiveInstance } from '@fairway/client';
import type { Topology } from '@fairway/model';
import { Group, TextInput } from '@mantine/core';
import { useLive, useTraffic } from '../live.tsx';
import { amount, duration, share } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { ServiceLink } from '../part/link.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { RateLines } from '../part/rate-lines.tsx';
import { useNamespace, useShown } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { sumOf } from '../traffic.ts';

interface Row {
  readonly service: string;
  /** Ready instances by lane. */
  readonly lanes: ReadonlyMap<string, number>;
  readonly traffic: ReturnType<typeof sumOf>;
  readonly p99Ms: number | null;
}

function rowsOf(instances: readonly LiveInstance[], now: Topology | undefined, wanted: string): Row[] {
  const lanes = new Map<string, Map<string, number>>();
  for (const { service, lane = '', state } of instances) {
    if (!service.includes(wanted) || state === 'gone') continue;
    const counts = lanes.get(service) ?? new Map<string, number>();
    counts.set(lane, (counts.get(lane) ?? 0) + (state === 'ready' ? 1 : 0));
    lanes.set(service, counts);
  }
  return [...lanes.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([service, counts]) => {
      const nodes = now?.nodes.filter((node) => node.service === service) ?? [];
      const slowest = Math.max(...nodes.map(({ p99Ms }) => p99Ms ?? 0), 0);
      return { service, lanes: counts, traffic: sumOf(nodes), p99Ms: slowest || null };
    });
}

/** All services: who is there, and what comes to them. */
export function ServicesPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const [{ q: wanted }, show] = useShown('q');
  const seen = useTraffic(namespace);
  const instances = useLive(['instances', namespace], () => client.instances({ namespace }));
  return (
    <Page
      title={say('services')}
      actions={
        <TextInput
          size="xs"
          aria-label={say('search')}
          placeholder={say('search')}
          value={wanted ?? ''}
          onChange={(event) => show({ q: event.currentTarget.value }, true)}
        />
      }
    >
      <Loaded of={instances}>
        {(found) => <ServiceTable rows={rowsOf(found, seen.at(-1), wanted ?? '')} seen={seen} />}
      </Loaded>
    </Page>
  );
}

function ServiceTable({ rows, seen }: { rows: readonly Row[]; seen: readonly Topology[] }) {
  const { say } = useText();
  return (
    <DataTable
      label={say('services')}
      rows={rows}
      id={({ service }) => service}
      empty={say('noServices')}
      columns={[
        { head: say('service'), cell: ({ service }) => <ServiceLink service={service} /> },
        {
          head: say('instances'),
          cell: ({ lanes }) => (
            <Group gap="md">
              {[...lanes].sort().map(([lane, count]) => (
                <Group key={lane} gap={4}>
                  <LaneMark lane={lane} /> {count}
                </Group>
              ))}
            </Group>
          ),
        },
        { head: say('requests'), numeric: true, cell: ({ traffic }) => amount(traffic.rate) },
        { head: say('errors'), numeric: true, cell: ({ traffic }) => share(traffic.errorShare) },
        { head: say('p99'), numeric: true, cell: ({ p99Ms }) => duration(p99Ms) },
        { head: say('live'), cell: ({ service }) => <RateLines seen={seen} service={service} width={140} /> },
      ]}
    />
  );
}
