import { busiest, flameOf } from '@fairway/client';
import type { CpuProfile, Findings, Frame, Handles, HeapSummary, Stalls } from '@fairway/model';
import { Code, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { bytes, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { Figure } from './figure.tsx';
import { FlameGraph } from './flame-graph.tsx';

const TOP = 30;

/** What a diagnosis found, whichever kind it is. */
export function FindingsView({ findings }: { findings: Findings }) {
  const { profile, stalls, heap, handles, configuration, log } = findings;
  if (profile) return <ProfileView profile={profile} />;
  if (stalls) return <StallsView stalls={stalls} />;
  if (heap) return <HeapView heap={heap} />;
  if (handles) return <HandlesView handles={handles} />;
  const text = configuration ? JSON.stringify(configuration, null, 2) : log?.lines.join('\n');
  return <Code block>{text || '–'}</Code>;
}

function frameText(frame: Frame | undefined): string {
  if (!frame) return '–';
  return frame.file === '' ? frame.name : `${frame.name} (${frame.file}:${frame.line})`;
}

function ProfileView({ profile }: { profile: CpuProfile }) {
  const { say } = useText();
  const root = useMemo(() => flameOf(profile), [profile]);
  const busy = useMemo(() => busiest(profile, TOP), [profile]);
  return (
    <Stack>
      <FlameGraph root={root} />
      <DataTable
        label={say('busiest')}
        rows={busy}
        id={({ name, at }) => `${name} ${at}`}
        empty={say('nothingRan')}
        columns={[
          { head: say('busyShare'), numeric: true, cell: (one) => share(one.share) },
          { head: say('selfTime'), numeric: true, cell: ({ selfMs }) => duration(selfMs) },
          { head: say('function'), cell: ({ name }) => <span className="mono">{name}</span> },
          { head: say('where'), cell: ({ at }) => <span className="mono">{at}</span> },
        ]}
      />
    </Stack>
  );
}

function StallsView({ stalls: { thresholdMs, watchedMs, count, totalMs, longest } }: { stalls: Stalls }) {
  const { say } = useText();
  const words = { count, threshold: thresholdMs, total: duration(totalMs), watched: duration(watchedMs) };
  return (
    <Stack>
      <Text size="sm">{say('stallsSeen', words)}</Text>
      <DataTable
        label={say('stalls')}
        rows={longest}
        id={({ atMs }) => String(atMs)}
        empty={say('noStalls')}
        columns={[
          { head: say('after'), numeric: true, cell: ({ atMs }) => duration(atMs) },
          { head: say('took'), numeric: true, cell: ({ tookMs }) => duration(tookMs) },
          {
            head: say('function'),
            cell: ({ stacks }) =>
              stacks.map(({ share: part, frames }) => (
                <div key={frames.map(frameText).join()} className="mono">
                  {`${share(part)} ${frames.slice(0, 4).map(frameText).join(' ← ')}`}
                </div>
              )),
          },
        ]}
      />
    </Stack>
  );
}

function HeapView({ heap }: { heap: HeapSummary }) {
  const { say } = useText();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={say('heapUsed')} value={bytes(heap.heapUsedBytes)} />
        <Figure label={say('heapLimit')} value={bytes(heap.heapLimitBytes)} />
        <Figure label={say('external')} value={bytes(heap.externalBytes)} />
        <Figure label={say('process')} value={bytes(heap.rssBytes)} />
      </SimpleGrid>
      <DataTable
        label={say('allocations')}
        rows={heap.allocations.slice(0, TOP)}
        id={({ bytes: size, frames }) => `${size} ${frames.map(frameText).join()}`}
        empty={say('nothing')}
        columns={[
          { head: say('allocations'), numeric: true, cell: (one) => bytes(one.bytes) },
          { head: say('function'), cell: ({ frames }) => <span className="mono">{frameText(frames[0])}</span> },
        ]}
      />
    </Stack>
  );
}

function HandlesView({ handles: { resources, listening, connections } }: { handles: Handles }) {
  const { say } = useText();
  return (
    <Stack>
      <Text size="sm">{`${say('listensAt')}: ${listening.join(', ') || '–'}`}</Text>
      <DataTable
        label={say('handles')}
        rows={Object.entries(resources)}
        id={([type]) => type}
        empty={say('nothing')}
        columns={[
          { head: say('handles'), cell: ([type]) => <span className="mono">{type}</span> },
          { head: say('count'), numeric: true, cell: ([, count]) => count },
        ]}
      />
      <DataTable
        label={say('connections')}
        rows={connections}
        id={({ peer }) => peer}
        empty={say('nothing')}
        columns={[
          { head: say('connections'), cell: ({ peer }) => <span className="mono">{peer}</span> },
          { head: say('count'), numeric: true, cell: ({ count }) => count },
        ]}
      />
    </Stack>
  );
}
