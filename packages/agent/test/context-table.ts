import type { Held } from './context-measure.ts';

/** What was measured on one version of Node.js. */
export interface Measured {
  readonly version: number;
  /** In a process without the agent, by an AsyncLocalStorage of its own. */
  readonly alone: Held;
  readonly agent: Held;
  /** Under the agent, callbacks and listeners given to AsyncResource.bind. */
  readonly bound: Held;
}

const VERDICTS = ['alone', 'agent', 'bound', 'lost'] as const;
type Verdict = (typeof VERDICTS)[number];

const verdictOn = (measured: Measured, library: string, style: string): Verdict =>
  (['alone', 'agent', 'bound'] as const).find((way) => measured[way][library]?.[style]) ?? 'lost';

/** A table with a row for each library, and its styles in the columns of what holds them. */
export function renderContext(all: readonly Measured[]): string[] {
  const libraries = [...new Set(all.flatMap(({ alone }) => Object.keys(alone)))];
  return [
    '| | holds by itself | the agent mends it | needs `AsyncResource.bind` | no context to keep |',
    '|---|---|---|---|---|',
    ...libraries.map((library) => {
      const cells = VERDICTS.map((verdict) => cell(all, library, verdict));
      return `| ${[name(all, library), ...cells].join(' | ')} |`;
    }),
  ];
}

/** The versions are named where it is not measured on all. */
function name(all: readonly Measured[], library: string): string {
  return (
    library +
    on(
      all,
      all.filter(({ alone }) => Object.keys(alone[library] ?? {}).length > 0),
    )
  );
}

function cell(all: readonly Measured[], library: string, verdict: Verdict): string {
  const styles = [...new Set(all.flatMap(({ alone }) => Object.keys(alone[library] ?? {})))];
  const items = styles.flatMap((style) => {
    const measured = all.filter(({ alone }) => alone[library]?.[style] !== undefined);
    const found = measured.filter((one) => verdictOn(one, library, style) === verdict);
    return found.length > 0 ? [style + on(measured, found)] : [];
  });
  return items.join('; ') || '–';
}

function on(all: readonly Measured[], some: readonly Measured[]): string {
  return some.length === all.length ? '' : ` (Node.js ${some.map(({ version }) => version).join(', ')})`;
}
