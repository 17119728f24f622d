/** On answers of an instance that is about to end. */
export const DRAINING_HEADER = 'x-fairway-draining';
