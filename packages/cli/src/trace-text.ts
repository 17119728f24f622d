import type { HopNode, RequestTrace } from '@fairway/model';

function headOf({ kind, method, path, to, service, instance, instanceLane, status, outcome, tookMs }: HopNode): string {
  const what = `${method} ${path}`;
  const where =
    kind === 'called' ? `-> ${to} ${what}` : `${what} at ${instance} (${service}, ${instanceLane || 'base'})`;
  return `${where}  ${status ?? outcome}  ${tookMs.toFixed(1)} ms`;
}

/** A hop, what was decided and why, the attempts that were made, and what came of it, further in. */
function hopLines(node: HopNode): string[] {
  const { lane, reason, steps, eligible, attempts, children, kind } = node;
  const isSeveral = attempts.length > 1;
  const own = [
    `lane ${lane || 'base'}: ${reason}`,
    ...steps.map(({ step, taken, text }) => `${taken ? '*' : ' '} ${step.padEnd(9)} ${text}`),
    ...(kind === 'called' && eligible
      ? [`eligible: ${eligible.count} (${eligible.instances.join(', ') || 'none'})`]
      : []),
    ...attempts.map(
      ({ instance, lane: its, outcome, afterMs, tookMs }, i) =>
        `${isSeveral ? `attempt ${i + 1}` : 'sent'} to ${instance} (${its || 'base'})  ${outcome}  ${tookMs.toFixed(1)} ms after ${afterMs.toFixed(1)} ms`,
    ),
    ...children.flatMap(hopLines),
  ];
  return [headOf(node), ...own.map((line) => `  ${line}`)];
}

/** A request with all its hops, each below what led to it. */
export function traceText({ id, startedAt, tookMs, hops, complete, dropped, roots }: RequestTrace): string {
  if (hops === 0) return `Request ${id}: no hop was told yet`;
  const head = `Request ${id}: ${hops} hops, ${tookMs.toFixed(1)} ms, at ${startedAt}`;
  const notes = [
    complete ? '' : 'Not all was told: a call is under way still, or went where nothing is told.',
    dropped > 0 ? `${dropped} hops were too many to be kept.` : '',
  ].filter((note) => note !== '');
  return [head, ...roots.flatMap(hopLines), ...notes].join('\n');
}
