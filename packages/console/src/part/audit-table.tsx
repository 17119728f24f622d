import type { AuditEntry } from '@fairway/client';
import { clock } from '../number.ts';
import { useText } from '../text/text.tsx';
import { type Column, DataTable } from './data-table.tsx';

/** Who did what to what, and why. `details`: columns before the reason. `last`: after it. */
export function AuditTable(of: {
  label: string;
  entries: readonly AuditEntry[];
  details?: readonly Column<AuditEntry>[];
  last?: readonly Column<AuditEntry>[];
}) {
  const { say } = useText();
  const { label, entries, details = [], last = [] } = of;
  return (
    <DataTable
      label={label}
      rows={entries}
      id={({ id }) => String(id)}
      empty={say('nothing')}
      columns={[
        { head: say('at'), cell: ({ at }) => clock(at) },
        { head: say('author'), cell: ({ author }) => author },
        { head: say('action'), cell: ({ action }) => action },
        { head: say('target'), cell: ({ target }) => <span className="mono">{target}</span> },
        ...details,
        { head: say('reason'), cell: ({ reason }) => reason ?? '' },
        ...last,
      ]}
    />
  );
}
