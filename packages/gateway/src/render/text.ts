/** Printable ASCII: the only texts of resources that reach a configuration. */
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Whether NGINX and the agents read a text as the same bytes. */
export function isPlain(text: string): boolean {
  return PRINTABLE.test(text);
}

/** A parameter in double quotes, in which nothing ends the parameter. Variables in it are still expanded where NGINX does. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A regular expression that matches a text literally. Whatever is not a letter, a digit or `_` is written as `\xHH`, so
 * that no character of a text has a meaning in a pattern or in a configuration.
 */
export function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Name of the variable that holds one `$`, which NGINX has no other way to write where variables are expanded. */
export const DOLLAR = 'fw_dollar';

/** A text for a parameter in which variables are expanded, and none in it is. */
export function unexpanded(text: string): string {
  return text.replaceAll('$', `\${${DOLLAR}}`);
}
