/**
 * What can be asked of a process. `profile`: where its main thread spends processor time. `stalls`: what it did while its
 * event loop did not turn. `heap`: its memory, and who allocates. `handles`: what it holds open. `configuration`: what its
 * agent goes by. `log`: what its agent says meanwhile.
 */
export const DIAGNOSIS_KINDS = ['profile', 'stalls', 'heap', 'handles', 'configuration', 'log'] as const;
export type DiagnosisKind = (typeof DIAGNOSIS_KINDS)[number];

/** The longest that a diagnosis may take, in seconds. */
export const MAX_DIAGNOSIS_SECONDS = 60;
