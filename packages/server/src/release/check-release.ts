import { isTimeZone } from '@fairway/control';
import { check, invalid, type Problem, type Release } from '@fairway/model';
import type { Targets, TargetType } from '../target/target.ts';

/** The release, typed, when it is right in itself. @throws FairwayError FAIRWAY_INVALID with every problem */
export function parseRelease(value: unknown, targets: Targets): Release {
  const problems = check('Release', value);
  const all =
    problems.length > 0 ? problems : [...zoneProblems(value as Release), ...targetProblems(value as Release, targets)];
  if (all.length > 0) throw invalid('the release', all);
  return value as Release;
}

function zoneProblems({ spec }: Release): Problem[] {
  return (spec.quietHours ?? []).flatMap(({ timeZone }, index) =>
    timeZone === undefined || isTimeZone(timeZone)
      ? []
      : [
          {
            path: `spec.quietHours[${index}].timeZone`,
            found: JSON.stringify(timeZone),
            expected: 'a time zone as Asia/Shanghai',
          },
        ],
  );
}

const TOLD: readonly TargetType[] = ['webhook', 'slack', 'dingtalk'];

function targetProblems({ spec }: Release, targets: Targets): Problem[] {
  const named: (readonly [path: string, name: string, types: readonly TargetType[]])[] = [
    ...(spec.notify ?? []).map((name, index) => [`spec.notify[${index}]`, name, TOLD] as const),
    ...(spec.metrics ?? []).map(
      ({ target }, index) => [`spec.metrics[${index}].target`, target, ['prometheus']] as const,
    ),
    ...spec.steps.flatMap(({ check }, index) =>
      check?.gate === undefined ? [] : [[`spec.steps[${index}].check.gate`, check.gate, ['gate']] as const],
    ),
  ];
  return named.flatMap(([path, name, types]) => {
    const target = targets.get(name);
    if (target && types.includes(target.type)) return [];
    const known = [...targets].filter(([, { type }]) => types.includes(type)).map(([one]) => one);
    const expected = `a target of type ${types.join(' or ')} (there are: ${known.join(', ') || 'none; see fairway up --targets'})`;
    return [{ path, found: JSON.stringify(name), expected }];
  });
}
