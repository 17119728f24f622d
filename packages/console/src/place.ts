import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** The namespace that is looked at, a part of the link; undefined: all. */
export function useNamespace(): [string | undefined, (namespace: string | null) => void] {
  const [query, setQuery] = useSearchParams();
  const set = useCallback((namespace: string | null) => setQuery(namespace ? { ns: namespace } : {}), [setQuery]);
  return [query.get('ns') ?? undefined, set];
}

/** What is edited, a part of the link beside the namespace; null: nothing. */
export function useEdited(): [string | null, (edited: string | null) => void] {
  const [namespace] = useNamespace();
  const [query, setQuery] = useSearchParams();
  const edit = (edited: string | null) =>
    setQuery({ ...(namespace ? { ns: namespace } : {}), ...(edited === null ? {} : { edit: edited }) });
  return [query.get('edit'), edit];
}

/** A link that keeps the namespace. */
export function linkTo(path: string, namespace: string | undefined): string {
  return namespace === undefined ? path : `${path}?ns=${encodeURIComponent(namespace)}`;
}
