import type { ClientEvent } from '@fairway/client';
import type { Topology } from '@fairway/model';
import { type QueryKey, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, type RefObject, use, useEffect, useState } from 'react';
import { useSession } from './session.tsx';

/** Changes are gathered for so long before what is shown is read again. */
const GATHER_MS = 200;
/** Moments that are kept for charts: a minute and a half. */
const KEPT_MOMENTS = 180;
/** Live numbers are those of so long. */
const LIVE_WINDOW = '5s';

const ConnectedContext = createContext(true);

/** Whether the stream of changes is open. */
export const useConnected = () => use(ConnectedContext);

/** Reads again what is shown, whenever the control plane tells of a change. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { client, signOut } = useSession();
  const queries = useQueryClient();
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAgain = () => {
      timer = undefined;
      void queries.invalidateQueries();
    };
    const follow = (event: ClientEvent) => {
      setConnected(event.type !== 'lost');
      if (event.type !== 'lost') timer ??= setTimeout(readAgain, GATHER_MS);
    };
    const run = async () => {
      for await (const event of client.events(stop.signal)) follow(event);
    };
    run().catch(signOut);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client, queries, signOut]);
  return <ConnectedContext value={connected}>{children}</ConnectedContext>;
}

/** What is read of the API, kept up to date by {@link LiveProvider}. */
export function useLive<T>(key: QueryKey, read: () => Promise<T>): UseQueryResult<T> {
  return useQuery({ queryKey: key, queryFn: read, placeholderData: (before) => before });
}

/**
 * Traffic as it is now, and as it was, twice a second, since this page looks, oldest first. Empty: nothing came yet. What comes
 * while it is held is passed over: nothing is drawn anew under somebody's hand.
 */
export function useTraffic(namespace: string | undefined, isHeld?: RefObject<boolean>): readonly Topology[] {
  const { client } = useSession();
  const [seen, setSeen] = useState<readonly Topology[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    setSeen([]);
    const run = async () => {
      for await (const event of client.liveTraffic(stop.signal, { namespace, window: LIVE_WINDOW })) {
        if (event.type === 'traffic' && !isHeld?.current)
          setSeen((before) => [...before, event.topology].slice(-KEPT_MOMENTS));
      }
    };
    // A refusal ends it: the stream of changes is refused as well, and tells.
    run().catch(() => {});
    return () => stop.abort();
  }, [client, namespace, isHeld]);
  return seen;
}
