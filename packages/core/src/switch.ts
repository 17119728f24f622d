import type { Namespace } from '@fairway/model';

/** What an operator turned off, the widest that holds: all of a namespace, a service, or one instance. */
export type Off = 'namespace' | 'service' | 'instance';

/** Where something is decided. */
export interface Place {
  /** In full: `namespace/name`. */
  readonly service: string;
  /** Id of the instance; undefined where there is none, as at a gateway. */
  readonly instance?: string | undefined;
}

/** Why nothing is governed at a place; undefined: it is. `spec`: of the Namespace that the place is in. */
export function offAt(spec: Namespace['spec'], place: Place | undefined): Off | undefined {
  if (spec.enabled === false) return 'namespace';
  if (!place || !spec.off) return undefined;
  const { services = [], instances = [] } = spec.off;
  if (services.includes(place.service.slice(place.service.indexOf('/') + 1))) return 'service';
  return place.instance !== undefined && instances.includes(place.instance) ? 'instance' : undefined;
}

/** What is off, in words: `service shop/order is switched off`. */
export function offText(off: Off, place: Place): string {
  const [namespace] = place.service.split('/');
  const name = { namespace, service: place.service, instance: place.instance }[off];
  return `${off} ${name} is switched off`;
}
