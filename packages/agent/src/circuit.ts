/** When a point of interception is turned off, and for how long. */
export interface CircuitOptions {
  /** So many faults within `windowMs` trip it. */
  readonly faults: number;
  readonly windowMs: number;
  /** Wait before it is tried again; doubles with each trip. */
  readonly coolDownMs: number;
  /** After so many trips in a row it stays off. */
  readonly trips: number;
}

export const CIRCUIT: CircuitOptions = { faults: 16, windowMs: 60_000, coolDownMs: 30_000, trips: 5 };

/**
 * A circuit breaker as a value. `half-open`: on again, for a try: one fault within the window is enough to open it, a window without one
 * closes it. `locked-out`: off for good. Nothing is counted or timed while nothing fails.
 */
export type Circuit =
  | { readonly phase: 'closed'; readonly faultsMs: readonly number[] }
  | { readonly phase: 'open'; readonly untilMs: number; readonly trips: number }
  | { readonly phase: 'half-open'; readonly sinceMs: number; readonly trips: number }
  | { readonly phase: 'locked-out' };

export const CLOSED: Circuit = Object.freeze({ phase: 'closed', faultsMs: [] });
const LOCKED_OUT: Circuit = Object.freeze({ phase: 'locked-out' });

/** The circuit after a fault. `nowMs` never goes back. */
export function afterFault(before: Circuit, nowMs: number, options: CircuitOptions): Circuit {
  const circuit = proven(before, nowMs, options);
  if (circuit.phase !== 'closed') return tripped(circuit, nowMs, options);
  const faultsMs = [...circuit.faultsMs.filter((atMs) => nowMs - atMs < options.windowMs), nowMs];
  return faultsMs.length < options.faults ? { phase: 'closed', faultsMs } : tripped(circuit, nowMs, options);
}

/** The circuit after something that one occurrence of is too much. */
export function tripped(before: Circuit, nowMs: number, options: CircuitOptions): Circuit {
  const circuit = proven(before, nowMs, options);
  if (circuit.phase === 'open' || circuit.phase === 'locked-out') return circuit;
  const trips = circuit.phase === 'half-open' ? circuit.trips + 1 : 1;
  if (trips >= options.trips) return LOCKED_OUT;
  return { phase: 'open', untilMs: nowMs + options.coolDownMs * 2 ** (trips - 1), trips };
}

/** The circuit once its wait may be over. */
export function afterCoolDown(circuit: Circuit, nowMs: number): Circuit {
  if (circuit.phase !== 'open' || nowMs < circuit.untilMs) return circuit;
  return { phase: 'half-open', sinceMs: nowMs, trips: circuit.trips };
}

/** Closed where a try went well for a whole window. */
function proven(circuit: Circuit, nowMs: number, { windowMs }: CircuitOptions): Circuit {
  return circuit.phase === 'half-open' && nowMs - circuit.sinceMs >= windowMs ? CLOSED : circuit;
}

/** Whether what it guards is to run. */
export function isOn({ phase }: Circuit): boolean {
  return phase === 'closed' || phase === 'half-open';
}
