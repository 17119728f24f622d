import type { Change, StoredResource } from '@fairway/client';
import { CONDITION_WORDS, type ConditionWords, entryText } from '@fairway/core';
import { DEFAULT_NAMESPACE, type Lane, namespaceOf } from '@fairway/model';
import { Alert, Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { newLane } from '../lane-draft.ts';
import { useLive, useTraffic } from '../live.tsx';
import { DataTable } from '../part/data-table.tsx';
import { LaneEditor } from '../part/lane-editor.tsx';
import { LaneMark } from '../part/lane-mark.tsx';
import { LaneTraffic } from '../part/lane-traffic.tsx';
import { LaneVerdicts } from '../part/lane-verdicts.tsx';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Problem } from '../part/problem.tsx';
import { useEdited, useNamespace } from '../place.ts';
import { addressOf } from '../resource-address.ts';
import { useSession } from '../session.tsx';
import { keyOf } from '../text/key-of.ts';
import { type Say, useText } from '../text/text.tsx';

interface StoredLane extends StoredResource {
  readonly resource: Lane;
}

const isLane = (stored: StoredResource): stored is StoredLane => stored.resource.kind === 'Lane';

/** Lanes: make, change, roll back, undo; canary beside base as they are now. */
export function LanesPage() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace] = useNamespace();
  const seen = useTraffic(namespace);
  const lanes = useLive(['lanes', namespace], async () =>
    (await client.list({ namespace, kind: 'Lane' })).filter(isLane),
  );
  const [editing, edit] = useEdited();
  const opened = lanes.data?.find(({ key }) => key === editing);
  return (
    <Page
      title={say('lanes')}
      actions={
        <Button size="xs" onClick={() => edit('new')}>
          {say('newLane')}
        </Button>
      }
    >
      {editing === 'new' && (
        <LaneEditor lane={newLane(namespace ?? DEFAULT_NAMESPACE)} revision={null} done={() => edit(null)} />
      )}
      {opened && (
        <LaneEditor key={opened.key} lane={opened.resource} revision={opened.revision} done={() => edit(null)} />
      )}
      <Loaded of={lanes}>{(found) => <LaneTable lanes={found} edit={edit} />}</Loaded>
      <LaneTraffic seen={seen} />
      <LaneVerdicts lanes={lanes.data?.map(({ resource }) => resource) ?? []} />
    </Page>
  );
}

function LaneTable({ lanes, edit }: { lanes: readonly StoredLane[]; edit(key: string): void }) {
  const { say } = useText();
  const { client } = useSession();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: ({ job }: { what: string; job(): Promise<Change> }) => job(),
    onSuccess: () => queries.invalidateQueries(),
  });
  const turn = (stored: StoredLane, enabled: boolean) => {
    const resource = { ...stored.resource, spec: { ...stored.resource.spec, enabled } };
    const job = () => client.put(resource, addressOf(resource), { ifRevision: stored.revision });
    act.mutate({ what: say(enabled ? 'turnOn' : 'rollBack'), job });
  };
  const undo = (stored: StoredLane) =>
    act.mutate({ what: say('undo'), job: () => client.undo(addressOf(stored.resource)) });
  return (
    <>
      <Problem error={act.error} />
      {act.data && (
        <Alert color="gray" variant="outline" role="status">
          {act.data.request === undefined
            ? say('done', { what: act.variables.what, revision: act.data.revision })
            : say('waitsForSecond')}
        </Alert>
      )}
      <DataTable
        label={say('lanes')}
        rows={lanes}
        id={({ key }) => key}
        empty={say('noLanes')}
        columns={[
          { head: say('lane'), cell: ({ resource }) => <LaneMark lane={resource.metadata.name} /> },
          { head: say('namespace'), cell: ({ resource }) => namespaceOf(resource) },
          { head: say('state'), cell: ({ resource }) => say(resource.spec.enabled === false ? 'disabled' : 'enabled') },
          {
            head: say('entry'),
            cell: ({ resource: { spec, metadata } }) =>
              (spec.entry ?? []).map((rule) => entryText(rule, metadata.name, conditionWords(say))).join('; '),
          },
          {
            head: say('fallback'),
            cell: ({ resource: { spec } }) => (spec.strict ? '–' : (spec.fallback ?? [say('base')]).join(' → ')),
          },
          { head: say('revision'), numeric: true, cell: ({ revision }) => revision },
          {
            head: say('action'),
            cell: (stored) => (
              <Group gap={6} wrap="nowrap">
                <Button size="compact-xs" variant="default" onClick={() => edit(stored.key)}>
                  {say('edit')}
                </Button>
                {stored.resource.spec.enabled === false ? (
                  <Button size="compact-xs" variant="default" onClick={() => turn(stored, true)}>
                    {say('turnOn')}
                  </Button>
                ) : (
                  <Button size="compact-xs" color="red.9" onClick={() => turn(stored, false)}>
                    {say('rollBack')}
                  </Button>
                )}
                <Button size="compact-xs" variant="default" onClick={() => undo(stored)}>
                  {say('undo')}
                </Button>
              </Group>
            ),
          },
        ]}
      />
    </>
  );
}

/** The words of conditions in the language of the console. */
function conditionWords(say: Say): ConditionWords {
  const words = Object.keys(CONDITION_WORDS) as (keyof ConditionWords)[];
  return Object.fromEntries(words.map((word) => [word, say(keyOf('condition', word))])) as ConditionWords;
}
