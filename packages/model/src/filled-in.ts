/** What is put into a text, by the names or numbers that stand there in braces. */
export type Values = Readonly<Record<string, string | number>> | readonly (string | number)[];

/** A text with each `{name}` replaced by its value; one without a value stays. */
export function filledIn(text: string, values: Values): string {
  const known = values as Readonly<Record<string, string | number>>;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(known[name] ?? whole));
}
