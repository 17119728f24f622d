/** One step of a decision: what was looked at, whether it decided, and why. */
export interface Step {
  readonly step: string;
  readonly taken: boolean;
  readonly text: string;
}

/** Told of each step as a decision is made. Absent on the hot path, where no text is built. */
export type Trace = (step: Step) => void;
