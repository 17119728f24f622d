import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Kinds of spans, as OTLP numbers them. */
export const SERVER = 2;
export const CLIENT = 3;

/** What a tracer made of one piece of work. */
export interface Span {
  readonly trace: string;
  readonly kind: number;
  /** Of those that Fairway writes. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Receives what tracers export: OTLP as JSON, and the MessagePack of dd-trace. */
export interface Collector {
  readonly url: string;
  /** The spans of servers and clients in a trace, once there are so many. */
  spans(trace: string, count: number): Promise<readonly Span[]>;
  /** Resolves once dd-trace sent so many spans of a trace. */
  datadogSpans(trace: string, count: number): Promise<void>;
  close(): Promise<void>;
}

interface Export {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

interface ExportedSpan {
  readonly traceId: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

function fairwayAttributes({ attributes }: ExportedSpan): Span['attributes'] {
  const own = attributes.filter(({ key }) => key.startsWith('fairway.'));
  return Object.fromEntries(own.map(({ key, value }) => [key, value.stringValue ?? JSON.stringify(value)]));
}

/** A span holds the lower half of its trace's id as eight bytes. */
function datadogSpans(payloads: readonly Buffer[], trace: string): number {
  const id = Buffer.from(trace.slice(16), 'hex').toString('latin1');
  return payloads.reduce((sum, payload) => sum + payload.toString('latin1').split(id).length - 1, 0);
}

/** Starts a collector on 127.0.0.1. */
export async function startCollector(): Promise<Collector> {
  const received: Span[] = [];
  const happened = new EventEmitter().setMaxListeners(0);
  const datadog: Buffer[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (req.headers['x-datadog-trace-count']) datadog.push(Buffer.concat(chunks));
    if (req.url === '/v1/traces') {
      const { resourceSpans = [] } = JSON.parse(Buffer.concat(chunks).toString()) as Export;
      for (const span of resourceSpans.flatMap((one) => one.scopeSpans.flatMap(({ spans }) => spans))) {
        const { traceId, kind } = span;
        if (kind !== SERVER && kind !== CLIENT) continue;
        received.push({ trace: traceId, kind, attributes: fairwayAttributes(span) });
      }
    }
    res.setHeader('content-type', 'application/json').end('{}');
    happened.emit('happened');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const until = async (condition: () => boolean) => {
    while (!condition()) await once(happened, 'happened', { signal: AbortSignal.timeout(15_000) });
  };
  const of = (trace: string) => received.filter((span) => span.trace === trace);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async spans(trace, count) {
      await until(() => of(trace).length >= count);
      return of(trace);
    },
    datadogSpans: (trace, count) => until(() => datadogSpans(datadog, trace) >= count),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
