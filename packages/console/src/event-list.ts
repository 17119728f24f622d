import type { AuditEntry } from '@fairway/client';
import { namespaceOfService, type Rollout } from '@fairway/model';

/** Something that happened: an instance became something, or somebody changed something. */
export interface ListedEvent {
  readonly id: string;
  readonly kind: 'instance' | 'change';
  /** ISO 8601. */
  readonly at: string;
  /** What it became, or what was done. */
  readonly what: string;
  /** The instance, or what was changed. */
  readonly subject: string;
  /** Of the instance, in full; empty: it is none. */
  readonly service: string;
  /** Who did it or saw it; null: the control plane. */
  readonly by: string | null;
  readonly why: string;
}

/** What rollouts and the audit tell, newest first. `namespace` undefined: of all. */
export function eventsOf(
  rollouts: readonly Rollout[],
  audit: readonly AuditEntry[],
  namespace?: string,
): readonly ListedEvent[] {
  const isOwn = ({ service, subject }: ListedEvent) =>
    namespace === undefined || (service === '' ? isOf(subject, namespace) : namespaceOfService(service) === namespace);
  return [...rollouts.flatMap(ofRollout), ...audit.map(ofAudit)]
    .filter(isOwn)
    .sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id));
}

function isOf(target: string, namespace: string): boolean {
  return target === namespace || target.split('/').includes(namespace);
}

function ofRollout({ service, instances }: Rollout): ListedEvent[] {
  return instances.flatMap(({ instance, transitions }) =>
    transitions.map(({ what, at, by, cause = '' }, index) => ({
      id: `${at} ${instance} ${index}`,
      kind: 'instance' as const,
      at,
      what,
      subject: instance,
      service,
      by,
      why: cause,
    })),
  );
}

function ofAudit({ id, at, author, action, target, reason }: AuditEntry): ListedEvent {
  return {
    id: `change ${id}`,
    kind: 'change',
    at,
    what: action,
    subject: target,
    service: '',
    by: author,
    why: reason ?? '',
  };
}

/** Those that a text is found in, in whatever part of them. */
export function eventsWith(events: readonly ListedEvent[], text: string): readonly ListedEvent[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return events;
  return events.filter(({ what, subject, service, by, why }) =>
    [what, subject, service, by ?? '', why].some((part) => part.toLowerCase().includes(wanted)),
  );
}
