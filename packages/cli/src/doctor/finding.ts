/** One thing that was looked at. */
export interface Finding {
  /** `note`: worth knowing, not wrong. */
  readonly level: 'fine' | 'note' | 'problem';
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function fine(what: string): Finding {
  return { level: 'fine', what };
}

export function note(what: string, advice: string): Finding {
  return { level: 'note', what, advice };
}

export function problem(what: string, advice: string): Finding {
  return { level: 'problem', what, advice };
}

/** The first few ids, and how many there are besides. */
export function someOf(ids: readonly string[]): string {
  return ids.slice(0, 5).join(', ') + (ids.length > 5 ? ` and ${ids.length - 5} more` : '');
}
