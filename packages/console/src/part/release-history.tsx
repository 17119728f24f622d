import type { ReleaseEvent, ReleaseStatus } from '@fairway/model';
import { clock } from '../number.ts';
import { keyOf } from '../text/key-of.ts';
import { type Say, useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';

/** What happened in a release, the latest first. */
export function ReleaseHistory({ status: { state } }: { status: ReleaseStatus }) {
  const { say } = useText();
  const rows = state.history.map((event, index) => ({ ...event, index })).reverse();
  return (
    <DataTable
      label={say('history')}
      rows={rows}
      id={({ index }) => String(index)}
      empty={say('nothing')}
      columns={[
        { head: say('at'), cell: ({ atMs }) => clock(new Date(atMs).toISOString()) },
        { head: say('step'), numeric: true, cell: ({ step }) => step + 1 },
        { head: say('action'), cell: ({ what }) => say(keyOf('deed', what)) },
        { head: say('author'), cell: ({ by }) => by ?? say('byItself') },
        { head: say('reason'), cell: (event) => reasonOf(say, event) },
      ]}
    />
  );
}

function reasonOf(say: Say, { notes, text }: ReleaseEvent): string {
  return notes?.map(({ what, values }) => say(keyOf('note', what), values)).join('; ') ?? text;
}
