import type { FieldChange } from '@fairway/client';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';

const written = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value));

/** Changes field by field. */
export function DiffTable({ diff }: { diff: readonly FieldChange[] }) {
  const { say } = useText();
  return (
    <DataTable
      label={say('diff')}
      rows={diff}
      id={({ path }) => path}
      empty={say('noChange')}
      columns={[
        { head: say('diff'), cell: ({ path }) => <span className="mono">{path}</span> },
        { head: '−', cell: ({ before }) => <span className="mono">{written(before)}</span> },
        { head: '+', cell: ({ after }) => <span className="mono">{written(after)}</span> },
      ]}
    />
  );
}
