import type { Instance } from '@fairway/model';
import { alike } from '../intercept/alike.ts';
import type { CallWatch } from './call-watch.ts';

/** As `@opentelemetry/api` numbers them. */
export const SERVER_SPAN = 1;
export const CLIENT_SPAN = 2;
type Kind = typeof SERVER_SPAN | typeof CLIENT_SPAN;

/** What is written on a span. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** What is used of `@opentelemetry/api`, which the application brought; nothing of it is loaded here. */
interface Api {
  readonly trace?: { getTracer(name: string): Tracer };
  readonly context?: { active(): { getValue(key: symbol): unknown } };
}

interface Tracer {
  startSpan(name: string, options?: { readonly kind?: number }, context?: unknown): Span;
}

interface Span {
  /** Of spans that are recorded. */
  readonly kind?: number;
  setAttribute(name: string, value: string | number): unknown;
  isRecording(): boolean;
}

/** The places that all copies of version 1 agree on. */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
/** Where dd-trace says that it is there. */
const DATADOG = Symbol.for('dd-trace');

/** A span that is marked, or is to be. */
export class SpanMark implements CallWatch {
  readonly kind: Kind;
  readonly attributes: SpanAttributes;
  #span: Span | undefined;
  #attempts = 1;

  constructor(kind: Kind, attributes: SpanAttributes) {
    this.kind = kind;
    this.attributes = attributes;
  }

  /** Writes it on a span; once. */
  put(span: Span): void {
    if (this.#span || !span.isRecording()) return;
    this.#span = span;
    for (const [name, value] of Object.entries(this.attributes)) span.setAttribute(name, value);
  }

  again(_why: string, next: Instance): void {
    this.#attempts++;
    this.#span?.setAttribute('fairway.attempts', this.#attempts);
    for (const [name, value] of Object.entries(instanceAttributes(next))) this.#span?.setAttribute(name, value);
  }

  over(): void {
    this.#span = undefined;
  }
}

/** How an instance is written on a span. */
export function instanceAttributes({ id, lane }: Instance): SpanAttributes {
  return { 'fairway.instance': id, 'fairway.instance.lane': lane || 'base' };
}

/**
 * Writes what was decided on the spans of the application's own OpenTelemetry, where it has one: on the span that is active,
 * or on the one that is started while the request, or the call, goes on. Where it has none, that is one look at a global.
 */
export class AppSpans {
  #isOff: boolean;
  readonly #onFault: (error: unknown) => void;
  #isWatching = false;
  #pending: SpanMark | undefined;
  /** What the next span of its kind is marked with. */
  #open: SpanMark | undefined;

  /** `onFault`: told of an error, after which nothing is written any more. */
  constructor(isOff: boolean, onFault: (error: unknown) => void) {
    this.#isOff = isOff;
    this.#onFault = onFault;
  }

  /** Whether the application has an OpenTelemetry. */
  get isThere(): boolean {
    return !this.#isOff && API in globalThis;
  }

  /** Whether the application, or somebody for it, makes spans, and carries their context. */
  get isTraced(): boolean {
    return API in globalThis || DATADOG in globalThis;
  }

  /** Something was decided. What marks the span; to be asked only where {@link AppSpans.isThere}. */
  decided(kind: Kind, attributes: SpanAttributes): SpanMark {
    const mark = new SpanMark(kind, attributes);
    this.#pending = undefined;
    this.#attempt(() => {
      const api = (globalThis as { [API]?: Api })[API];
      this.#watch(api);
      const active = api?.context?.active().getValue(SPAN) as Span | undefined;
      if (active?.kind === kind) mark.put(active);
      else this.#pending = mark;
    });
    return mark;
  }

  /** Whether the last that was decided is of a kind, and its span was not started yet. */
  isPending(kind: Kind): boolean {
    return this.#pending?.kind === kind;
  }

  /** Runs what may start the span of what was decided last. */
  carry<T>(run: () => T): T {
    const mark = this.#pending;
    this.#pending = undefined;
    const before = this.#open;
    this.#open = mark;
    try {
      return run();
    } finally {
      this.#open = before;
    }
  }

  /** Tracers are of one class, which starts all spans. */
  #watch(api: Api | undefined): void {
    const tracer = this.#isWatching ? undefined : api?.trace?.getTracer('fairway');
    const proto = tracer && (Object.getPrototypeOf(tracer) as Tracer);
    if (!proto || !Object.hasOwn(proto, 'startSpan')) return;
    this.#isWatching = true;
    const { startSpan } = proto;
    const started = (span: Span) => this.#open && this.#attempt(() => this.#started(span));
    proto.startSpan = function (this: Tracer, ...args) {
      const span = Reflect.apply(startSpan, this, args);
      started(span);
      return span;
    };
    alike(proto, 'startSpan', startSpan);
  }

  #started(span: Span): void {
    const mark = this.#open;
    if (!mark || span.kind !== mark.kind) return;
    this.#open = undefined;
    mark.put(span);
  }

  #attempt(step: () => void): void {
    if (this.#isOff) return;
    try {
      step();
    } catch (error) {
      this.#isOff = true;
      this.#onFault(error);
    }
  }
}
