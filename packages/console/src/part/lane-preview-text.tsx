import type { Lane } from '@fairway/model';
import { Text } from '@mantine/core';
import { previewOf } from '../lane-preview.ts';
import { useLive } from '../live.tsx';
import { amount, share } from '../number.ts';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

/** Names that are told before the rest is counted. */
const MAX_NAMES = 12;

/** Who is in a lane, where it falls back, and how much would enter. */
export function LanePreviewText({ lane }: { lane: Lane }) {
  const { say } = useText();
  const { client } = useSession();
  const { namespace = 'default' } = lane.metadata;
  const instances = useLive(['instances', namespace], () => client.instances({ namespace }));
  const traffic = useLive(['traffic', namespace], () => client.traffic({ namespace, window: '60s' }));
  const gateways = useLive(['gateways'], () => client.list({ kind: 'Gateway' }));
  const known = (gateways.data ?? []).flatMap(({ resource }) => (resource.kind === 'Gateway' ? [resource] : []));
  const preview = previewOf(lane, instances.data ?? [], traffic.data, known);
  const named = (names: readonly string[]) => {
    const more = names.length > MAX_NAMES ? `, ${say('more', { count: names.length - MAX_NAMES })}` : '';
    return (names.slice(0, MAX_NAMES).join(', ') || '–') + more;
  };
  return (
    <>
      <Text size="sm">
        {preview.instances.length === 0
          ? say('laneNobody')
          : `${say('laneInstances')}: ${named(preview.instances.map(({ id }) => id))}`}
      </Text>
      <Text size="sm">{`${say('fallsBack')}: ${named(preview.without)}`}</Text>
      {preview.entering && (
        <Text size="sm">
          {`${say('share')}: ${share(preview.entering.rate / preview.entering.of)} (${amount(preview.entering.rate)} / ${amount(preview.entering.of)} ${say('requests')}). `}
          <Text span c="dimmed" size="sm">
            {say('shareHow')}
          </Text>
        </Text>
      )}
    </>
  );
}
