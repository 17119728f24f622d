import { filledIn, NOTE_WORDS, type ReleaseNote } from '@fairway/model';

export function note(what: ReleaseNote['what'], ...values: readonly (string | number)[]): ReleaseNote {
  return { what, values: values.map(String) };
}

export function notesText(notes: readonly ReleaseNote[]): string {
  return notes.map(({ what, values }) => filledIn(NOTE_WORDS[what], values)).join('; ');
}
