import { setTimeout } from 'node:timers/promises';
import type { Metric } from '@fairway/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { otlpMetrics } from './otlp-metrics.ts';
import { type ExportedHop, spanOf } from './otlp-spans.ts';

/** Spans that wait to be sent; beyond it the oldest are lost. */
const MAX_SPANS = 8_192;
const SPANS_A_MESSAGE = 512;
const SPANS_EVERY_MS = 2_000;
/** What is left gets so long when the server closes. */
const CLOSE_MS = 2_000;

/** Where and how often to. */
export interface OtlpOptions {
  /** Of the collector, without `/v1/…`; undefined: as `OTEL_EXPORTER_OTLP_ENDPOINT` says. */
  readonly endpoint: string | undefined;
  readonly metricsEveryMs: number;
}

/** What is exported. */
export interface OtlpParts {
  metrics(): readonly Metric[];
  readonly nowMs: () => number;
  /** Something did not arrive. */
  failed(what: string, error: Error | undefined): void;
}

/** Sends metrics and spans to a collector, by OTLP over HTTP. The exporters heed `OTEL_EXPORTER_OTLP_*`. */
export class OtlpExport {
  readonly #parts: OtlpParts;
  readonly #metrics: OTLPMetricExporter;
  readonly #spans: OTLPTraceExporter;
  readonly #timers: NodeJS.Timeout[];
  readonly #sinceMs: number;
  #waiting: ExportedHop[] = [];
  #lost = 0;

  constructor({ endpoint, metricsEveryMs }: OtlpOptions, parts: OtlpParts) {
    this.#parts = parts;
    this.#sinceMs = parts.nowMs();
    const at = (path: string) => (endpoint === undefined ? {} : { url: `${endpoint.replace(/\/$/, '')}${path}` });
    this.#metrics = new OTLPMetricExporter(at('/v1/metrics'));
    this.#spans = new OTLPTraceExporter(at('/v1/traces'));
    this.#timers = [
      setInterval(() => void this.#sendMetrics(), metricsEveryMs),
      setInterval(() => void this.#sendSpans(), SPANS_EVERY_MS),
    ];
  }

  /** Takes a hop that is to be sent. */
  add(hop: ExportedHop): void {
    this.#waiting.push(hop);
    if (this.#waiting.length <= MAX_SPANS) return;
    this.#waiting.shift();
    this.#lost++;
  }

  /** Sends what is left, as far as that goes within two seconds. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const sent = Promise.all([this.#sendMetrics(), this.#sendSpans()]);
    await Promise.race([sent, setTimeout(CLOSE_MS, undefined, { ref: false })]);
  }

  #sendMetrics(): Promise<void> {
    const metrics = otlpMetrics(this.#parts.metrics(), this.#sinceMs, this.#parts.nowMs());
    const resource = resourceFromAttributes({ 'service.name': 'fairway' });
    const message = { resource, scopeMetrics: [{ scope: { name: 'fairway' }, metrics }] };
    return this.#sent('metrics', (done) => this.#metrics.export(message, done));
  }

  async #sendSpans(): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0, SPANS_A_MESSAGE).map(spanOf);
      await this.#sent('spans', (done) => this.#spans.export(spans, done));
    }
    if (this.#lost > 0) this.#parts.failed('spans', new Error(`${this.#lost} were too many and are lost`));
    this.#lost = 0;
  }

  #sent(what: string, send: (done: (result: { code: number; error?: Error }) => void) => void): Promise<void> {
    return new Promise((resolve) => {
      send(({ code, error }) => {
        if (code !== 0) this.#parts.failed(what, error);
        resolve();
      });
    });
  }
}
