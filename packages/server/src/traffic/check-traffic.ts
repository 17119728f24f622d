import type { Problem, TrafficReport } from '@fairway/model';
import { calledProblems, type Reporter } from '../loss/check-report.ts';

/** What a report says that its agent cannot know: edges lead to services that it calls, and to instances of those. */
export function trafficProblems({ edges, inFlight }: TrafficReport, reporter: Reporter): Problem[] {
  const ofEdges = edges.flatMap(({ instance, service }, index) =>
    calledProblems(`edges[${index}]`, instance, service, reporter),
  );
  const unknown = Object.keys(inFlight).filter((service) => !reporter.follows(service));
  const expected = 'a service that the reporter calls';
  return [...ofEdges, ...unknown.map((service) => ({ path: 'inFlight', found: JSON.stringify(service), expected }))];
}
