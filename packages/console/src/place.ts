import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** The namespace that is looked at, a part of the link; undefined: all. */
export function useNamespace(): [string | undefined, (namespace: string | null) => void] {
  const [query, setQuery] = useSearchParams();
  const set = useCallback((namespace: string | null) => setQuery(namespace ? { ns: namespace } : {}), [setQuery]);
  return [query.get('ns') ?? undefined, set];
}

/** `isTyping`: there is no way back to each letter. */
type Show<K extends string> = (wanted: Partial<Record<K, string | null>>, isTyping?: boolean) => void;

/** What else is looked at, parts of the link beside the namespace; null: not said. Changes keep what they do not name. */
export function useShown<K extends string>(...keys: readonly K[]): [Readonly<Record<K, string | null>>, Show<K>] {
  const [namespace] = useNamespace();
  const [query, setQuery] = useSearchParams();
  const shown = Object.fromEntries(keys.map((key) => [key, query.get(key)])) as Record<K, string | null>;
  const show: Show<K> = (wanted, isTyping = false) => {
    const all = Object.entries({ ns: namespace, ...shown, ...wanted });
    const said = all.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '');
    setQuery(Object.fromEntries(said), { replace: isTyping });
  };
  return [shown, show];
}

/** What is edited, a part of the link beside the namespace; null: nothing. */
export function useEdited(): [string | null, (edited: string | null) => void] {
  const [{ edit }, show] = useShown('edit');
  return [edit, (edited) => show({ edit: edited })];
}

/** A link that keeps the namespace. */
export function linkTo(path: string, namespace: string | undefined): string {
  return namespace === undefined ? path : `${path}?ns=${encodeURIComponent(namespace)}`;
}
