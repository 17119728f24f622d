import { FairwayError, type Problem, problemText } from '@fairway/model';

/** The resources ask for what this gateway cannot do exactly. Nothing is approximated: the configuration is refused. */
export function refusal(what: string, problem: Problem): FairwayError {
  return new FairwayError('FAIRWAY_GATEWAY_REFUSED', `${what}: ${problemText(problem)}`, {
    problems: [{ ...problem, path: `${what}: ${problem.path}` }],
  });
}
