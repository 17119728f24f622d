import { type Client, createClient } from '@fairway/client';
import { isFairwayError } from '@fairway/model';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useMemo, useState } from 'react';

/** A token is kept as long as the tab is; a session is a cookie that scripts cannot read. */
const KEY = 'fairway.token';

interface Session {
  readonly client: Client;
  signOut(): void;
}

/** How somebody signed in: with a token, or with a password. */
export type Entry = { readonly token: string } | { readonly csrf: string };

const SessionContext = createContext<Session | null>(null);

/** A client of the control plane that sent this page. */
export function clientWith(entry: Entry | null): Client {
  return createClient({ server: location.origin, ...entry, fetch: (input, init) => fetch(input, init) });
}

/** Whoever signed in before: by a token of this tab, or by the session of this browser; null: nobody. */
async function entered(): Promise<Entry | null> {
  const token = sessionStorage.getItem(KEY);
  if (token !== null) return { token };
  try {
    const { csrf } = await clientWith(null).me();
    return csrf === null ? null : { csrf };
  } catch (error) {
    if (isFairwayError(error) && error.code === 'FAIRWAY_UNAUTHENTICATED') return null;
    throw error;
  }
}

/** Shows `signIn` until somebody has signed in, then what is inside. */
export function SessionProvider({ signIn, children }: SessionProps) {
  const before = useQuery({ queryKey: ['entered'], queryFn: entered, staleTime: Number.POSITIVE_INFINITY });
  const [now, setNow] = useState<Entry | null>();
  const queries = useQueryClient();
  const entry = now === undefined ? before.data : now;
  const session = useMemo(() => {
    if (!entry) return null;
    const client = clientWith(entry);
    const signOut = () => {
      if ('csrf' in entry) void client.signOut().catch(() => {});
      sessionStorage.removeItem(KEY);
      setNow(null);
      queries.clear();
    };
    return { client, signOut };
  }, [entry, queries]);
  const enter = (accepted: Entry) => {
    if ('token' in accepted) sessionStorage.setItem(KEY, accepted.token);
    setNow(accepted);
  };
  if (session) return <SessionContext value={session}>{children}</SessionContext>;
  return before.isPending && now === undefined ? null : signIn(enter);
}

interface SessionProps {
  signIn(enter: (entry: Entry) => void): ReactNode;
  readonly children: ReactNode;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('outside of SessionProvider');
  return session;
}
