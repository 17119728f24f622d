/** Measured: instances and resources, with what is compiled from them, take 2 to 3 bytes for each character of their JSON. */
const BYTES_A_CHARACTER = 3;

/** About how many bytes of memory a value from JSON takes, with what is compiled from it. */
export function weightOf(value: object): number {
  return BYTES_A_CHARACTER * JSON.stringify(value).length;
}
