import type { Rollout } from '@fairway/model';
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { clock, duration } from '../number.ts';
import { linkTo, useNamespace } from '../place.ts';
import { type Say, useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';

/** What a rollout cost, in a word. */
export function verdictText(say: Say, { verdict, lost }: Pick<Rollout, 'verdict' | 'lost'>): string {
  if (verdict === 'lost') return say('verdictLost', { count: lost });
  return say(verdict === 'nothing-lost' ? 'verdictNothing' : 'verdictUnmeasured');
}

/** Rollouts, newest first. */
export function RolloutTable({ rollouts }: { rollouts: readonly Rollout[] }) {
  const { say } = useText();
  const [namespace] = useNamespace();
  return (
    <DataTable
      label={say('lossless')}
      rows={rollouts}
      id={({ service, from }) => `${service} ${from}`}
      empty={say('noLosses')}
      columns={[
        { head: say('at'), cell: ({ from }) => clock(from) },
        {
          head: say('service'),
          cell: ({ service }) => (
            <Anchor component={Link} to={linkTo('/lossless', namespace)} size="sm">
              {service}
            </Anchor>
          ),
        },
        { head: say('version'), cell: ({ releases }) => releases.filter(Boolean).join(' → ') || '–' },
        { head: say('took'), numeric: true, cell: ({ from, to }) => duration(Date.parse(to) - Date.parse(from)) },
        { head: say('calls'), numeric: true, cell: ({ requests }) => requests },
        { head: say('saved'), numeric: true, cell: ({ saved }) => saved },
        {
          head: say('requestsLost'),
          cell: (rollout) => (
            <Text size="sm" fw={rollout.lost > 0 ? 700 : 400}>
              {verdictText(say, rollout)}
            </Text>
          ),
        },
      ]}
    />
  );
}
