import type { ServiceHealth, SideHealth } from '@fairway/model';
import { amount, bytes, duration, share } from '../number.ts';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { ServiceLink } from './link.tsx';

/** How the instances of a release's services are, those of the canary beside those of base. */
export function HealthTable({ rows }: { rows: readonly ServiceHealth[] }) {
  const { say } = useText();
  const beside = (text: (side: SideHealth) => string) => (row: ServiceHealth) =>
    `${text(row.canary)} : ${text(row.base)}`;
  const told = (value: number | null, text: (value: number) => string) => (value === null ? '–' : text(value));
  return (
    <DataTable
      label={say('healthBeside')}
      rows={rows}
      id={({ service }) => service}
      empty={say('noComparison')}
      columns={[
        { head: say('service'), cell: ({ service }) => <ServiceLink service={service} /> },
        { head: say('instances'), numeric: true, cell: beside(({ instances }) => amount(instances)) },
        { head: say('lostCalls'), numeric: true, cell: beside(({ lost }) => amount(lost)) },
        { head: say('ejections'), numeric: true, cell: beside(({ ejections }) => amount(ejections)) },
        { head: say('timersLate'), numeric: true, cell: beside(({ loopDelayP99Ms }) => duration(loopDelayP99Ms)) },
        { head: say('memory'), numeric: true, cell: beside(({ rssBytes }) => told(rssBytes, bytes)) },
        { head: say('processor'), numeric: true, cell: beside(({ cpu }) => told(cpu, share)) },
      ]}
    />
  );
}
