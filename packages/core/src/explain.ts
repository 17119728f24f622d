import { FairwayError, found, type World, type WrittenRequest } from '@fairway/model';
import { isInternalHost } from './address.ts';
import { callView, sentHeaders } from './carry.ts';
import { effectiveLane, eligible, noInstanceMessage } from './eligible.ts';
import { inboundLane } from './inbound.ts';
import type { Dice, RequestView } from './request-view.ts';
import { offText } from './switch.ts';
import type { Step } from './trace.ts';
import { dialledAddress, type Viewpoint, viewFrom, writtenView } from './world.ts';

/** Why a request has its lane, and where its call may go. */
export interface Explanation {
  readonly at: string;
  readonly service: string;
  readonly lane: string;
  readonly reason: string;
  readonly dropped: boolean;
  readonly steps: readonly Step[];
  readonly call?: CallExplanation;
}

/** Where a call may go, and what it carries. */
export interface CallExplanation {
  /** In full; null: the address means nothing that is governed. */
  readonly service: string | null;
  /** Ids; null: left as dialled. */
  readonly eligible: readonly string[] | null;
  /** null where the call is left as dialled. */
  readonly reason: string | null;
  /** Why it is left as dialled: switched off, not known, or nothing serves the port; null: it is not. */
  readonly passed: 'off' | 'unknown-host' | 'no-port' | null;
  readonly steps: readonly Step[];
  /** Headers of the call as they are sent, by lower-case name. */
  readonly sent: Readonly<Record<string, string>>;
  readonly error: 'FAIRWAY_NO_INSTANCE' | null;
  readonly message: string | null;
}

/** The middle of the line: what `explain` draws where a rule asks for the dice, unless told otherwise. */
const EVEN: Dice = () => 0.5;

/**
 * Explains the decisions at an instance of a world, step by step. `request` null: work that no request started.
 * @throws FairwayError FAIRWAY_NOT_FOUND when the world has no such instance.
 */
export function explain(
  world: World,
  at: string,
  request: WrittenRequest | null,
  call?: WrittenRequest,
  dice: Dice = EVEN,
): Explanation {
  const view = viewFrom(world, at);
  if (!view)
    throw new FairwayError(
      'FAIRWAY_NOT_FOUND',
      `no instance ${found(at)} in this world of ${world.instances?.length ?? 0} instances`,
    );
  const steps: Step[] = [];
  const inbound = request ? writtenView(request) : undefined;
  const self = { service: view.self.service, instance: at, lane: view.self.lane ?? '' };
  const decision = inboundLane(view.rules, self, inbound ?? null, dice, (step) => steps.push(step));
  return {
    at,
    service: self.service,
    ...decision,
    steps,
    ...(call && { call: explainCall(view, decision.lane, inbound, call, dice) }),
  };
}

function explainCall(
  view: Viewpoint,
  lane: string,
  inbound: RequestView | undefined,
  call: WrittenRequest,
  dice: Dice,
): CallExplanation {
  const own = writtenView(call, view.self.service);
  const names = Object.keys(call.headers ?? {}).map((name) => name.toLowerCase());
  const sentAs = (edited: boolean, carried: string) => headersSent(view, edited ? carried : null, inbound, own, names);
  const { off } = view.rules;
  if (off !== undefined) {
    const text = `${offText(off, { service: view.self.service, instance: view.self.id })}: left as dialled`;
    return asDialled('off', null, [{ step: 'switch', taken: true, text }], sentAs(false, ''));
  }
  const address = dialledAddress(call);
  const target = address && view.resolve(address.host, address.port);
  if (!address || !target) {
    const internal = address !== undefined && isInternalHost(view.rules, address.host);
    const text = `${address ? address.host : 'the address'} means no governed service: left as dialled${internal ? ', with labels: it is internal' : ''}`;
    const sent = sentAs(internal, effectiveLane(view.rules, lane));
    return asDialled('unknown-host', null, [{ step: 'address', taken: true, text }], sent);
  }
  const service = target.table.key;
  const steps: Step[] = [
    { step: 'address', taken: true, text: `${address.host}:${address.port} means ${service}, port ${target.port}` },
  ];
  const chosen = eligible(
    view.rules,
    target.table,
    target.port,
    { lane, request: callView(view.rules, own, inbound) },
    dice,
    (step) => steps.push(step),
  );
  if (!chosen) return asDialled('no-port', service, steps, sentAs(false, ''));
  const failed = chosen.instances.length === 0;
  return {
    service,
    eligible: chosen.instances.map(({ id }) => id),
    reason: chosen.reason,
    passed: null,
    steps,
    sent: sentAs(true, chosen.lane),
    error: failed ? 'FAIRWAY_NO_INSTANCE' : null,
    message: failed ? noInstanceMessage(service, chosen.lane, steps.at(-1)?.text ?? '') : null,
  };
}

function asDialled(
  passed: CallExplanation['passed'],
  service: string | null,
  steps: readonly Step[],
  sent: CallExplanation['sent'],
): CallExplanation {
  return { service, eligible: null, reason: null, passed, steps, sent, error: null, message: null };
}

/** Headers as sent. `lane` null: nothing is changed. */
function headersSent(
  view: Viewpoint,
  lane: string | null,
  inbound: RequestView | undefined,
  own: RequestView,
  names: readonly string[],
): Record<string, string> {
  const sent = new Map(names.map((name) => [name, own.header(name) ?? '']));
  const edits = lane === null ? [] : sentHeaders(view.rules, lane, inbound, own);
  for (const [name, value] of edits) {
    if (value === null) sent.delete(name);
    else sent.set(name, value);
  }
  return Object.fromEntries(sent);
}
