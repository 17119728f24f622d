import { SimpleGrid } from '@mantine/core';
import { useLive, useTraffic } from '../live.tsx';
import { amount, share } from '../number.ts';
import { AuditTable } from '../part/audit-table.tsx';
import { Figure } from '../part/figure.tsx';
import { LaneTraffic } from '../part/lane-traffic.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { RateLines } from '../part/rate-lines.tsx';
import { ReleaseTable } from '../part/release-table.tsx';
import { RolloutTable } from '../part/rollout-table.tsx';
import { Section } from '../part/section.tsx';
import { useNamespace } from '../place.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { sumOf } from '../traffic.ts';

/** How the fleet is, at a glance. */
export function OverviewPage() {
  const { say } = useText();
  const [namespace] = useNamespace();
  const seen = useTraffic(namespace);
  return (
    <Page title={say('overview')}>
      <Figures seen={seen} />
      <Section title={say('lanes')}>
        <LaneTraffic seen={seen} />
      </Section>
      <Section title={say('releases')}>
        <Releases />
      </Section>
      <Section title={say('rollouts')}>
        <Rollouts />
      </Section>
      <Section title={say('recent')}>
        <RecentChanges />
      </Section>
    </Page>
  );
}

function Figures({ seen }: { seen: ReturnType<typeof useTraffic> }) {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const agents = useLive(['agents', namespace], () => client.agents({ namespace }));
  const instances = useLive(['instances', namespace], () => client.instances({ namespace }));
  const now = seen.at(-1);
  const all = now && sumOf(now.nodes);
  const present = instances.data?.filter(({ state }) => state !== 'gone') ?? [];
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }}>
      <Figure label={say('services')} value={String(new Set(present.map(({ service }) => service)).size)} />
      <Figure label={say('instances')} value={String(present.length)} />
      <Figure
        label={say('agents')}
        value={`${agents.data?.filter(({ connected }) => connected).length ?? 0} / ${agents.data?.length ?? 0}`}
      />
      <Figure label={say('requests')} value={all ? amount(all.rate) : '–'}>
        <RateLines seen={seen} />
      </Figure>
      <Figure label={say('errors')} value={all ? share(all.errorShare) : '–'} />
    </SimpleGrid>
  );
}

/** Those that go on; else the latest. */
function Releases() {
  const { client } = useSession();
  const [namespace] = useNamespace();
  const releases = useLive(['releases', namespace], () => client.releases(namespace));
  return (
    <Loaded of={releases}>
      {(all) => {
        const active = all.filter(({ state }) => state.endedMs === null);
        return <ReleaseTable releases={active.length > 0 ? active : all.slice(0, 3)} />;
      }}
    </Loaded>
  );
}

function Rollouts() {
  const { client } = useSession();
  const [namespace] = useNamespace();
  const losses = useLive(['losses', namespace, '1h'], () => client.losses({ namespace, since: '1h' }));
  return <Loaded of={losses}>{({ items }) => <RolloutTable rollouts={items.slice(0, 5)} />}</Loaded>;
}

function RecentChanges() {
  const { say } = useText();
  const { client } = useSession();
  const audit = useLive(['audit', 8], () => client.audit({ limit: 8 }));
  return <Loaded of={audit}>{(entries) => <AuditTable label={say('recent')} entries={entries} />}</Loaded>;
}
