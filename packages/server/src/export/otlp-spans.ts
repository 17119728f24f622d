import { endpointOf } from '@fairway/core';
import { ERROR_OUTCOMES, type Hop } from '@fairway/model';
import { type Attributes, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { hrTime } from './otlp-metrics.ts';

/** A hop, and who told of it. */
export interface ExportedHop {
  readonly hop: Omit<Hop, 'agoMs'>;
  /** When it began, in milliseconds since 1970. */
  readonly atMs: number;
  /** In full. */
  readonly service: string;
  readonly instance: string;
  readonly lane: string;
}

const SCOPE = { name: 'fairway' };

/** A hop as a span, as OpenTelemetry's exporter takes it. */
export function spanOf({ hop, atMs, service, instance, lane }: ExportedHop) {
  const { trace: traceId, id: spanId, parent, kind, method, path, outcome, status, tookMs } = hop;
  const [namespace = '', name = ''] = service.split('/');
  return {
    name: `${method} ${endpointOf(path)}`,
    kind: kind === 'served' ? SpanKind.SERVER : SpanKind.CLIENT,
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
    ...(parent === undefined
      ? {}
      : {
          parentSpanContext: { traceId, spanId: parent, traceFlags: TraceFlags.SAMPLED, isRemote: kind === 'served' },
        }),
    startTime: hrTime(atMs),
    endTime: hrTime(atMs + tookMs),
    duration: hrTime(tookMs),
    ended: true,
    status: { code: ERROR_OUTCOMES.has(outcome) ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: {
      'http.request.method': method,
      'url.path': path,
      ...(status === undefined ? {} : { 'http.response.status_code': status }),
      ...decisionOf(hop),
    },
    links: [],
    events: [],
    resource: resourceFromAttributes({
      'service.name': name,
      'service.namespace': namespace,
      'service.instance.id': instance,
      'fairway.instance.lane': lane || 'base',
    }),
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** The same attributes that are written on an application's own spans. */
function decisionOf({ lane, reason, to, attempts, outcome }: ExportedHop['hop']): Attributes {
  const last = attempts.at(-1);
  return {
    'fairway.lane': lane || 'base',
    'fairway.reason': reason,
    'fairway.outcome': outcome,
    ...(to === undefined ? {} : { 'fairway.service': to }),
    ...(last ? { 'fairway.instance': last.instance, 'fairway.instance.lane': last.lane || 'base' } : {}),
    ...(attempts.length > 1 ? { 'fairway.attempts': attempts.length } : {}),
  };
}
