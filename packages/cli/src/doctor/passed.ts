import type { PassReason } from '@fairway/agent';
import { type Finding, note } from './finding.ts';

/** Why agents pass calls and requests through, in words, and what to do where they should not. */
export const PASSED: Readonly<Record<PassReason, { readonly text: string; readonly advice: string }>> = {
  off: {
    text: 'the namespace, the service or the instance is switched off',
    advice: 'turn it on: fairway namespace, service or instance on NAME',
  },
  'no-plan': {
    text: 'nothing was learnt from the control plane yet, and no snapshot was there',
    advice: 'see whether the process reaches the control plane (FAIRWAY_LOG=info there)',
  },
  memory: {
    text: 'what the agent would have to know exceeds its memory budget',
    advice: 'raise FAIRWAY_BUDGET_MB there',
  },
  'unknown-host': {
    text: "the dialled address is nobody's that Fairway knows",
    advice: 'right for third parties; else ask why: fairway doctor --url URL',
  },
  'not-answered': {
    text: 'the control plane did not say in time what the address means',
    advice: 'if it goes on, see whether the control plane is slow, or raise FAIRWAY_FIRST_CALL_WAIT_MS there',
  },
  'no-port': {
    text: 'no instance of the service serves the dialled port',
    advice: 'map it in spec.ports of the Service, or dial the port of the instances',
  },
  detour: {
    text: 'it goes over a Unix socket, through a forward proxy or a mock, or connects in its own way',
    advice: 'that is how it should be, unless the application may do without',
  },
};

/** What was passed through, most often first. */
export function passedNotes(passed: Readonly<Record<string, number>>): Finding[] {
  return Object.entries(passed)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => {
      const { text, advice } = PASSED[reason as PassReason] ?? {
        text: 'a reason that this command does not know',
        advice: 'use the command of that version',
      };
      return note(`${count} calls or requests passed through (${reason}): ${text}`, advice);
    });
}
