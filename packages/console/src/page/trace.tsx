import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';
import { clock, duration } from '../number.ts';
import { Loaded } from '../part/loaded.tsx';
import { Page } from '../part/page.tsx';
import { Waterfall } from '../part/waterfall.tsx';
import { useSession } from '../session.tsx';
import { useText } from '../text/text.tsx';

const READ_EVERY_MS = 1_000;

/** One request: where it went, and why, hop by hop. It grows until all of it was told. */
export function TracePage() {
  const { say } = useText();
  const { client } = useSession();
  const { id = '' } = useParams();
  const [query] = useSearchParams();
  const isFollowed = query.has('followed');
  const trace = useQuery({
    queryKey: ['trace', id, isFollowed],
    queryFn: () => (isFollowed ? client.followed(id) : client.trace(id)),
    refetchInterval: ({ state: { data } }) => (data?.complete ? false : READ_EVERY_MS),
    retry: false,
  });
  return (
    <Page title={say('requestOf', { id: id.slice(0, 8) })}>
      <Loaded of={trace}>
        {(found) =>
          found.startedAt === null ? (
            <Text role="status">{say('notSeen')}</Text>
          ) : (
            <>
              <Text size="sm" c="dimmed">
                {`${clock(found.startedAt)} · ${found.hops} ${say('hops')} · ${duration(found.tookMs)}`}
                {found.dropped > 0 && ` · ${say('hopsDropped', { count: found.dropped })}`}
              </Text>
              <Waterfall trace={found} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
