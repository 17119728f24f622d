/** Bounds of what is told of one hop. */
export const HOP_BOUNDS = { steps: 32, stepLength: 256, eligible: 16, attempts: 16, pathLength: 256 } as const;
