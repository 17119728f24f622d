import type { ReleaseEvent, ReleaseStatus, ReleaseStep, ServiceHealth, SideHealth, Verdict } from '@fairway/model';
import { table } from './terminal.ts';

/** How a release is called where it stands. */
const PHASES: Readonly<Record<ReleaseStatus['state']['phase'], string>> = {
  waiting: 'waiting',
  running: 'running',
  promoting: 'being promoted',
  rollingBack: 'being rolled back',
  promoted: 'PROMOTED',
  rolledBack: 'ROLLED BACK',
};
const VERDICTS: Readonly<Record<Verdict, string>> = {
  fine: 'no service is worse than base',
  worse: 'a service is WORSE than base',
  tooFew: 'too few requests to judge',
};

/** A step as its author would say it. */
export function stepText({ percent, match, pause, check }: ReleaseStep): string {
  if (percent !== undefined) return `${percent} % of the requests`;
  if (match !== undefined) return 'requests that match';
  if (pause === undefined) return check?.for === undefined ? 'check' : `check for ${check.for}`;
  const parts = [
    pause.for,
    pause.approval && 'until approved',
    pause.requests === undefined ? undefined : `until ${pause.requests} requests`,
  ];
  return `pause ${parts.filter(Boolean).join(', ')}`;
}

/** One line of its history. */
export function eventText({ atMs, what, step, by, text }: ReleaseEvent): string {
  const time = new Date(atMs).toISOString().slice(11, 19);
  const said = [what, by === null ? '' : `by ${by}`, text && `: ${text}`].filter(Boolean).join(' ');
  return `${time} step ${step + 1}: ${said.replace(' : ', ': ')}`;
}

/** Where it stands, in a line. */
export function placeText({ release, state, watch }: ReleaseStatus): string {
  const { steps } = release.spec;
  const step = steps[state.step];
  const at = state.phase === 'running' && step ? `, step ${state.step + 1} of ${steps.length} (${stepText(step)})` : '';
  const waits =
    watch && watch.waitsFor.length > 0 ? `; waits for ${watch.waitsFor.map(({ text }) => text).join('; ')}` : '';
  return `release ${release.metadata.name}: ${PHASES[state.phase]}${at}${waits}`;
}

const HEALTH_HEAD = ['SERVICE', '', 'INSTANCES', 'LOST', 'EJECTED', 'TIMERS LATE', 'MEMORY', 'CPU'];
const MEBIBYTE = 1_048_576;

/** The instances of a service in the lane, and those of base. */
function healthRows({ service, canary, base }: ServiceHealth): string[][] {
  const row = (name: string, side: SideHealth) => {
    const told = (value: number | null, text: (value: number) => string) => (value === null ? '-' : text(value));
    return [
      service,
      name,
      String(side.instances),
      String(side.lost),
      String(side.ejections),
      told(side.loopDelayP99Ms, (ms) => `${ms.toFixed(1)} ms`),
      told(side.rssBytes, (size) => `${Math.round(size / MEBIBYTE)} MiB`),
      told(side.cpu, (cpu) => `${Math.round(cpu * 100)}%`),
    ];
  };
  return [row('canary', canary), row('base', base)];
}

/** All of it. */
export function statusText(status: ReleaseStatus): string {
  const { release, state, watch } = status;
  const steps = release.spec.steps.map((step, index) => {
    const mark = index < state.step ? 'done' : index === state.step && state.phase === 'running' ? 'now' : '';
    return [String(index + 1), stepText(step), mark];
  });
  return [
    placeText(status),
    ...(watch && state.traffic !== null ? [VERDICTS[watch.verdict]] : []),
    ...(watch && watch.health.length > 0 ? ['', table(HEALTH_HEAD, watch.health.flatMap(healthRows))] : []),
    '',
    table(['STEP', 'WHAT', ''], steps),
    '',
    ...state.history.map(eventText),
  ].join('\n');
}

/** Releases as a list. */
export function listText(all: readonly ReleaseStatus[]): string {
  if (all.length === 0) return 'there is no release';
  const rows = all.map(({ release, state, author }) => [
    release.metadata.name,
    release.spec.lane,
    PHASES[state.phase],
    `${Math.min(state.step + 1, release.spec.steps.length)} of ${release.spec.steps.length}`,
    new Date(state.createdMs).toISOString().slice(0, 19),
    author,
  ]);
  return table(['RELEASE', 'LANE', 'STATE', 'STEP', 'CREATED (UTC)', 'BY'], rows);
}
