import { Paper, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useText } from '../text/text.tsx';

/** Rows that are shown at once: thousands of them stay usable by search. */
const MAX_ROWS = 300;

export interface Column<T> {
  readonly head: string;
  /** A number: right-aligned. */
  readonly numeric?: boolean;
  cell(row: T): ReactNode;
}

/** A dense table; `empty` says what to do where there is nothing. */
export function DataTable<T>({ label, rows, columns, id, empty, max = MAX_ROWS }: DataTableProps<T>) {
  const { say } = useText();
  const [all, setAll] = useState(false);
  if (rows.length === 0)
    return (
      <Paper withBorder p="lg" c="dimmed">
        {empty}
      </Paper>
    );
  const shown = all ? rows : rows.slice(0, max);
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing={6} horizontalSpacing="md" aria-label={label} fz="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ head, numeric }) => (
                <Table.Th key={head} ta={numeric ? 'right' : 'left'} fw={500} c="dimmed">
                  {head}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row) => (
              <Table.Tr key={id(row)}>
                {columns.map(({ head, numeric, cell }) => (
                  <Table.Td key={head} ta={numeric ? 'right' : 'left'} className={numeric ? 'number' : undefined}>
                    {cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown.length < rows.length && (
        <Text component="button" type="button" className="link-button" p="sm" size="sm" onClick={() => setAll(true)}>
          {say('more', { count: rows.length - shown.length })}
        </Text>
      )}
    </Paper>
  );
}

interface DataTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly empty: string;
  /** Rows that are shown at first. */
  readonly max?: number;
  id(row: T): string;
}
