'use strict';
// OpenTelemetry as an application has it: spans of http and undici are made, sampled, batched, and handed to an exporter
// that drops them. (With no exporter at all the SDK registers no provider: nothing would be measured.)
const { channel } = require('node:diagnostics_channel');
const { createRequire } = require('node:module');

const instrumentations = require.resolve('@opentelemetry/auto-instrumentations-node');
const { getNodeAutoInstrumentations } = require(instrumentations);
const { NodeSDK } = createRequire(instrumentations)('@opentelemetry/sdk-node');

const exported = channel('bench:spans');

const traceExporter = {
  export(spans, done) {
    exported.publish(spans.length);
    done({ code: 0 });
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};

process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS = 'http,undici';
process.env.OTEL_METRICS_EXPORTER = 'none';
process.env.OTEL_LOGS_EXPORTER = 'none';
new NodeSDK({ resourceDetectors: [], instrumentations: [getNodeAutoInstrumentations()], traceExporter }).start();
