/**
 * Makes what took the place of a method look as that did: its name, how many arguments it declares, and how its property
 * is declared. Where the method was inherited, the new one is a property of its own, declared as the inherited one.
 */
export function alike(owner: object, key: string, before: unknown): void {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  if (typeof own?.value !== 'function' || typeof before !== 'function') return;
  for (const part of ['name', 'length']) {
    const was = Object.getOwnPropertyDescriptor(before, part);
    if (was) Object.defineProperty(own.value, part, was);
  }
  const inherited = inheritedDescriptor(owner, key);
  if (inherited?.value === before) Object.defineProperty(owner, key, { ...inherited, value: own.value });
}

function inheritedDescriptor(owner: object, key: string): PropertyDescriptor | undefined {
  for (let p = Object.getPrototypeOf(owner); p; p = Object.getPrototypeOf(p)) {
    const found = Object.getOwnPropertyDescriptor(p, key);
    if (found) return found;
  }
  return undefined;
}
