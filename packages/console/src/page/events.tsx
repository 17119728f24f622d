import { SegmentedControl, TextInput } from '@mantine/core';
import { eventsOf, eventsWith, type ListedEvent } from '../event-list.ts';
import { useLive } from '../live.tsx';
import { clock } from '../number.ts';
import { DataTable } from '../part/data-table.tsx';
import { InstanceLink, ServiceLink } from '../part/link.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { useNamespace, useShown } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const SINCE = '24h';
const MAX_CHANGES = 200;

/** What happened in the last day: instances that came, went, fell ill or got well, and what people changed. */
export function EventsPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const [{ kind, text }, show] = useShown('kind', 'text');
  const losses = useLive(['losses', namespace, SINCE], () => client.losses({ namespace, since: SINCE }));
  const audit = useLive(['audit', MAX_CHANGES], () => client.audit({ limit: MAX_CHANGES }));
  return (
    <Page
      title={say('events')}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label={say('groupBy')}
            data={[
              { value: '', label: say('all') },
              { value: 'instance', label: say('instances') },
              { value: 'change', label: say('diff') },
            ]}
            value={kind ?? ''}
            onChange={(value) => show({ kind: value })}
          />
          <TextInput
            size="xs"
            w={220}
            aria-label={say('search')}
            placeholder={say('search')}
            value={text ?? ''}
            onChange={(event) => show({ text: event.currentTarget.value }, true)}
          />
        </>
      }
    >
      <Loaded of={losses}>
        {({ items }) => {
          const events = eventsOf(items, audit.data ?? [], namespace).filter((one) => !kind || one.kind === kind);
          return <EventTable events={eventsWith(events, text ?? '')} />;
        }}
      </Loaded>
    </Page>
  );
}

function EventTable({ events }: { events: readonly ListedEvent[] }) {
  const { say } = useText();
  return (
    <DataTable
      label={say('events')}
      rows={events}
      id={({ id }) => id}
      empty={say('nothing')}
      columns={[
        { head: say('at'), cell: ({ at }) => clock(at) },
        { head: say('action'), cell: ({ what }) => what },
        {
          head: say('target'),
          cell: ({ kind, subject }) =>
            kind === 'change' ? <span className="mono">{subject}</span> : <InstanceLink id={subject} />,
        },
        { head: say('service'), cell: ({ service }) => service && <ServiceLink service={service} /> },
        { head: say('author'), cell: ({ by }) => by ?? say('controlPlane') },
        { head: say('reason'), cell: ({ why }) => why },
      ]}
    />
  );
}
