import { useQuery } from '@tanstack/react-query';
import { duration } from '../number.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';
import { DataTable } from './data-table.tsx';
import { Loaded } from './loaded.tsx';

const AGAIN_MS = 2_000;

/** The processes of the control plane, and which of them leads. */
export function Replicas() {
  const { say } = useText();
  const { client } = useSession();
  const replicas = useQuery({
    queryKey: ['replicas'],
    queryFn: () => client.replicas(),
    refetchInterval: AGAIN_MS,
    placeholderData: (before) => before,
  });
  return (
    <Loaded of={replicas}>
      {(rows) => (
        <DataTable
          label={say('replicas')}
          rows={rows}
          id={({ name }) => name}
          empty={say('noReplicas')}
          columns={[
            { head: say('address'), cell: ({ url }) => url },
            { head: say('state'), cell: ({ leads }) => say(leads ? 'leads' : 'follows') },
            { head: say('heardOf'), numeric: true, cell: ({ silentMs }) => duration(silentMs) },
            { head: say('process'), cell: ({ name }) => name },
          ]}
        />
      )}
    </Loaded>
  );
}
