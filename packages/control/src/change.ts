/**
 * What became different: which resource or which instance, not how. The present state is looked up when an update is
 * made, so changes may be repeated, merged and reordered without harm.
 */
export type Change = ResourceChange | InstanceChange;

export interface ResourceChange {
  readonly type: 'resource';
  readonly namespace: string;
  readonly key: string;
}

/** `service`: whose subscribers must hear of it. An instance that moves between services is two changes. */
export interface InstanceChange {
  readonly type: 'instance';
  readonly id: string;
  readonly service: string;
}
