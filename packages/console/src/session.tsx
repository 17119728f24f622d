import { type Client, createClient } from '@fairway/client';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useMemo, useState } from 'react';

/** The token is kept as long as the tab is. */
const KEY = 'fairway.token';

interface Session {
  readonly client: Client;
  signOut(): void;
}

const SessionContext = createContext<Session | null>(null);

/** A client that uses the token, of the control plane that sent this page. */
export function clientWith(token: string): Client {
  return createClient({ server: location.origin, token, fetch: (input, init) => fetch(input, init) });
}

/** Shows `signIn` until there is a token, then what is inside. */
export function SessionProvider({ signIn, children }: SessionProps) {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEY));
  const queries = useQueryClient();
  const session = useMemo(() => {
    const signOut = () => {
      sessionStorage.removeItem(KEY);
      queries.clear();
      setToken(null);
    };
    return token === null ? null : { client: clientWith(token), signOut };
  }, [token, queries]);
  const enter = (accepted: string) => {
    sessionStorage.setItem(KEY, accepted);
    setToken(accepted);
  };
  return session ? <SessionContext value={session}>{children}</SessionContext> : signIn(enter);
}

interface SessionProps {
  signIn(enter: (token: string) => void): ReactNode;
  readonly children: ReactNode;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('outside of SessionProvider');
  return session;
}
