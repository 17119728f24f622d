import { isTimeZone } from '@fairway/control';
import { check, invalid, type Problem, type Release } from '@fairway/model';

/** The release, typed, when it is right in itself. @throws FairwayError FAIRWAY_INVALID with every problem */
export function parseRelease(value: unknown): Release {
  const problems = check('Release', value);
  const all = problems.length > 0 ? problems : zoneProblems(value as Release);
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
