/** The key of one of several words that belong together: `deed` and `raised` give `deedRaised`. */
export function keyOf<Kind extends string, Word extends string>(kind: Kind, word: Word): `${Kind}${Capitalize<Word>}` {
  return `${kind}${word.charAt(0).toUpperCase()}${word.slice(1)}` as `${Kind}${Capitalize<Word>}`;
}

/** Words that belong together, by such keys. */
export function keyed<Kind extends string, Word extends string>(
  kind: Kind,
  words: Readonly<Record<Word, string>>,
): Readonly<Record<`${Kind}${Capitalize<Word>}`, string>> {
  const entries = Object.entries<string>(words).map(([word, text]) => [keyOf(kind, word), text]);
  return Object.fromEntries(entries);
}
