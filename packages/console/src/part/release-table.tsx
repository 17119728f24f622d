import { namespaceOf, type ReleaseStatus } from '@fairway/model';
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { clock } from '../number.ts';
import { linkTo, useNamespace } from '../place.ts';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { LaneMark } from './lane-mark.tsx';
import { ReleasePhaseMark } from './release-phase-mark.tsx';

/** Releases, each with where it stands. */
export function ReleaseTable({ releases }: { releases: readonly ReleaseStatus[] }) {
  const { say } = useText();
  const [namespace] = useNamespace();
  return (
    <DataTable
      label={say('releases')}
      rows={releases}
      id={({ release }) => `${namespaceOf(release)}/${release.metadata.name}`}
      empty={say('noReleases')}
      columns={[
        {
          head: say('release'),
          cell: ({ release }) => (
            <Anchor
              component={Link}
              size="sm"
              to={linkTo(`/releases/${namespaceOf(release)}/${release.metadata.name}`, namespace)}
            >
              {release.metadata.name}
            </Anchor>
          ),
        },
        { head: say('lane'), cell: ({ release }) => <LaneMark lane={release.spec.lane} /> },
        { head: say('services'), cell: ({ release }) => release.spec.services.join(', ') },
        { head: say('state'), cell: ({ state }) => <ReleasePhaseMark phase={state.phase} /> },
        {
          head: say('step'),
          numeric: true,
          cell: ({ release, state }) =>
            `${Math.min(state.step + 1, release.spec.steps.length)} / ${release.spec.steps.length}`,
        },
        { head: say('at'), cell: ({ state }) => clock(new Date(state.createdMs).toISOString()) },
        { head: say('author'), cell: ({ author }) => author },
      ]}
    />
  );
}
