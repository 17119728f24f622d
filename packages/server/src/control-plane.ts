import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasEnded, type Replica, ResourceSet, TRACE_BOUNDS, TraceBook } from '@fairway/control';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ensureAdminToken } from './admin-token.ts';
import { agentRoutes } from './api/agent-routes.ts';
import { backupRoutes } from './api/backup-routes.ts';
import { drainRoutes } from './api/drain-routes.ts';
import { EventFeed } from './api/event-feed.ts';
import { instanceRoutes } from './api/instance-routes.ts';
import { namespaceRoutes } from './api/namespace-routes.ts';
import { probeRoutes } from './api/probe-routes.ts';
import { requestRoutes } from './api/request-routes.ts';
import { resourceRoutes } from './api/resource-routes.ts';
import { switchRoutes } from './api/switch-routes.ts';
import { tokenRoutes } from './api/token-routes.ts';
import { watchRoutes } from './api/watch-routes.ts';
import { Ledger } from './change/ledger.ts';
import { RequestBook } from './change/request-book.ts';
import { DiagnosisBook } from './diagnosis/diagnosis-book.ts';
import { diagnosisRoutes } from './diagnosis/diagnosis-routes.ts';
import type { OtlpExport, OtlpOptions } from './export/otlp-export.ts';
import { createApp } from './http/app.ts';
import { rememberCarried } from './http/client-address.ts';
import { serveConsole } from './http/console.ts';
import type { Responder } from './http/front.ts';
import { OpenRequests } from './http/open-requests.ts';
import { openApiDocument } from './http/openapi.ts';
import { mount, type Route } from './http/route.ts';
import { GatewayBook } from './link/gateway-book.ts';
import { Link } from './link/link.ts';
import { linkRoutes } from './link/link-routes.ts';
import { MembershipWriter } from './link/membership-writer.ts';
import { LossBook } from './loss/loss-book.ts';
import { lossRoutes } from './loss/loss-routes.ts';
import { LossWriter } from './loss/loss-writer.ts';
import type { ResolvedOptions } from './option.ts';
import { acknowledgers } from './release/acknowledgers.ts';
import { releaseRoutes } from './release/release-routes.ts';
import { ReleaseRunner } from './release/release-runner.ts';
import { watchRelease } from './release/release-watch.ts';
import { LossesBySide } from './release/side-losses.ts';
import { replicaRoutes } from './replica/replica-routes.ts';
import type { Store } from './store/store.ts';
import { Notifier } from './target/notifier.ts';
import { OutsideWatch } from './target/outside-watch.ts';
import { TokenBook } from './token/token.ts';
import { FollowSigner } from './trace/follow-signer.ts';
import { traceRoutes } from './trace/trace-routes.ts';
import { TraceWait } from './trace/trace-wait.ts';
import { comparisonRoute } from './traffic/comparison-route.ts';
import { metricsOf } from './traffic/metrics.ts';
import { Pacer } from './traffic/pacer.ts';
import { TrafficBook } from './traffic/traffic-book.ts';
import { TrafficFeed } from './traffic/traffic-feed.ts';
import { trafficRoutes } from './traffic/traffic-routes.ts';
import { Oidc } from './user/oidc.ts';
import { SessionBook } from './user/session-book.ts';
import { userRoutes } from './user/user-routes.ts';

const VERSION = '0.1.0';
/** Open requests get so long to end when the server closes. */
const CLOSE_MS = 5_000;
const DAY_MS = 86_400_000;
/** The loss ledger is pruned so often. */
const PRUNE_MS = 60_000;
/** A control plane that answers for its store. */
export interface ControlPlane extends Responder {
  /** The first admin token, at the first start with a store only. */
  readonly bootstrapToken?: string;
}

/** Milliseconds since 1970 on a clock that does not go back. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The replicas of which this process is one. */
export interface Others {
  /** What another proves with that it passes a request on. */
  readonly secret: string;
  /** All of them, this one included. */
  list(): Promise<readonly Replica[]>;
}

/** Takes in what a store remembers, and goes on from there. The store stays the caller's to close. `others` undefined: it is alone. */
export async function openControlPlane(
  store: Store,
  options: ResolvedOptions,
  log: Logger,
  others?: Others,
): Promise<ControlPlane> {
  const state = await store.load();
  const tokens = new TokenBook(state.tokens);
  const bootstrap = await ensureAdminToken(tokens, store, options.dataDir, new Date(nowMs()).toISOString());
  const sessions = new SessionBook(state.users, state.sessions);
  const app = createApp(tokens, sessions, options.limits, log, nowMs);
  // Loaded only where it is wanted: it takes longer than all the rest.
  const exporting = options.otlp && { options: options.otlp, ...(await import('./export/otlp-export.ts')) };
  const { handle, close, ...parts } = compose(app, store, { tokens, sessions }, options, exporting, others);
  try {
    parts.ledger.adopt(state.revision, state.resources);
    parts.requests.restore(state.requests);
    parts.losses.restore(state.reported);
    parts.link.restore(state.memberships, state.revision);
    parts.notifier.restore(state.told);
    parts.releases.restore(state.releases);
    await app.ready();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...(bootstrap === undefined ? {} : { bootstrapToken: bootstrap }), handle, close };
}

interface Exporting {
  readonly options: OtlpOptions;
  readonly OtlpExport: typeof OtlpExport;
}

/** Puts the parts together. The ledger tells the link, the link tells the feed and the membership writer. */
function compose(
  app: FastifyInstance,
  store: Store,
  { tokens, sessions }: { readonly tokens: TokenBook; readonly sessions: SessionBook },
  options: ResolvedOptions,
  exporting: Exporting | undefined,
  others: Others | undefined,
) {
  const resources = new ResourceSet();
  const feed = new EventFeed();
  const stopping = new AbortController();
  const ledger = new Ledger({
    store,
    resources,
    nowMs,
    published: (changes, revision) => link.publish(changes, revision),
  });
  const requests = new RequestBook({ store, ledger, nowMs });
  const members = new MembershipWriter(
    store,
    (id) => link.membership(id),
    (error) => app.log.error({ err: error }, 'memberships are not stored; they will be tried again'),
  );
  const writer = new LossWriter(store, (error) =>
    app.log.error({ err: error }, 'the loss ledger is not stored; it will be tried again'),
  );
  const bySide = new LossesBySide((id) => link.fleet.directory.instances.get(id));
  const losses = new LossBook({
    add(line) {
      writer.add(line);
      bySide.add(line.record);
    },
  });
  const { lease, heartbeatMs, stallMs, probeMs, ackTimeoutMs, maxStreamsPerToken } = options;
  const epoch = randomUUID();
  const link = new Link(
    { epoch, lease, heartbeatMs, stallMs, probeMs, ackTimeoutMs, maxStreamsPerToken },
    {
      resources,
      nowMs,
      membershipChanged: (id) => members.changed(id),
      // Streams that this process ends are no news of the instances.
      recorded(change, instance) {
        if (!stopping.signal.aborted) losses.saw(change, instance, nowMs());
        if (instance) return;
        traffic.forget(change.id);
        diagnoses.forget(change.id);
      },
      changed: (changes) => feed.changed(changes, ledger.revision),
      stalled: (instance) =>
        app.log.warn({ instance }, 'an agent does not read or acknowledge its stream; it was dropped'),
      opened(instance) {
        pacer.opened(instance);
        link.broadcaster.streams.get(instance)?.followKeys(signer.keys);
      },
    },
  );
  const signer = new FollowSigner(nowMs);
  const followed = new TraceBook();
  const recent = new TraceBook({ ...TRACE_BOUNDS, maxTraces: 1_000 });
  const pacer = new Pacer(link.broadcaster.streams, options.trafficEveryMs, nowMs);
  const instances = () => link.fleet.directory.instances.all();
  const traffic = new TrafficBook({ instances, everyMs: () => pacer.everyMs, nowMs });
  const trafficFeed = new TrafficFeed(
    (query) => traffic.topology(query),
    () => pacer.watched(),
  );
  const gateways = new GatewayBook(nowMs);
  const failed = (what: string, error: unknown) => app.log.error({ err: error }, what);
  const { targets } = options;
  const outside = new OutsideWatch(targets, nowMs, failed);
  const notifier = new Notifier({ targets, store, nowMs, failed });
  const releases = new ReleaseRunner({
    store,
    ledger,
    nowMs,
    isProtected: (namespace) => requests.isProtected(namespace),
    missing: acknowledgers(link, gateways),
    observe(release, state, isLaneOff) {
      pacer.watched();
      const seenBy = { book: traffic, instances, losses: bySide, outside, nowMs };
      return watchRelease(seenBy, release, state, isLaneOff);
    },
    changed(record) {
      feed.released(record.key, ledger.revision);
      notifier.changed(record);
      if (hasEnded(record.state)) outside.forget(record.key);
    },
    failed,
  });
  const diagnoses = new DiagnosisBook({
    nowMs,
    tell(instance, ask) {
      const stream = link.broadcaster.streams.get(instance);
      stream?.diagnose(ask);
      return stream !== undefined;
    },
  });
  const metrics = () => {
    const states: Record<string, number> = { starting: 0, ready: 0, draining: 0 };
    for (const { state } of instances()) states[state] = (states[state] ?? 0) + 1;
    return metricsOf(traffic, { connected: link.broadcaster.streams.size, instances: states });
  };
  const otlp =
    exporting &&
    new exporting.OtlpExport(exporting.options, {
      metrics,
      nowMs,
      failed: (what, error) => app.log.warn({ err: error }, `${what} did not reach the OpenTelemetry collector`),
    });
  const revoked = (id: string) => {
    link.revoke(id);
    feed.revoke(id);
    trafficFeed.revoke(id);
  };
  serve(app, [
    ...probeRoutes(store),
    ...backupRoutes(store, nowMs),
    ...replicaRoutes(others?.list),
    ...resourceRoutes(ledger, requests, store),
    ...requestRoutes(requests),
    ...namespaceRoutes(resources, link.fleet.directory),
    ...switchRoutes(ledger, link.fleet),
    ...instanceRoutes({ link, resources, revision: () => ledger.revision, store, nowMs }),
    ...drainRoutes({ link, store, nowMs, stopping: stopping.signal }),
    ...agentRoutes(link),
    ...watchRoutes({ ledger, propagation: link.propagation, feed, store, stopping: stopping.signal }),
    ...tokenRoutes({ tokens, store, nowMs, revoked }),
    ...userRoutes({ book: sessions, store, oidc: options.oidc && new Oidc(options.oidc, nowMs), nowMs, revoked }),
    comparisonRoute({ book: traffic, losses: bySide, pacer, stored: (key) => ledger.get(key) }),
    ...releaseRoutes({ runner: releases, gateways, targets, store, writer }),
    ...lossRoutes({ link, book: losses, writer, store, nowMs }),
    ...traceRoutes({
      link,
      store,
      signer,
      book: followed,
      recent,
      exported: (hop) => otlp?.add(hop),
      wait: new TraceWait(),
      nowMs,
      stopping: stopping.signal,
    }),
    ...trafficRoutes({ link, reported: () => releases.news(), book: traffic, feed: trafficFeed, pacer, metrics }),
    ...diagnosisRoutes({ link, book: diagnoses, store, nowMs, stopping: stopping.signal }),
    ...linkRoutes(link, nowMs, stopping.signal),
  ]);
  serveConsole(app, options.consoleDir);
  const open = new OpenRequests();
  const prune = () => {
    const beforeMs = nowMs() - options.lossDays * DAY_MS;
    store.pruneLosses({ beforeMs, maxLines: options.maxLossLines }).catch((error: unknown) => {
      app.log.error({ err: error }, 'the loss ledger is not pruned; it will be tried again');
    });
  };
  const timers = [
    setInterval(() => feed.ping(), heartbeatMs),
    setInterval(() => void ledger.settle(), 1_000),
    setInterval(prune, PRUNE_MS),
    setInterval(() => pacer.tick(), 1_000),
    setInterval(() => diagnoses.tick(), 1_000),
    setInterval(() => {
      for (const book of [followed, recent]) book.prune(nowMs());
      if (signer.rotate()) for (const stream of link.broadcaster.streams.all()) stream.followKeys(signer.keys);
    }, 1_000),
  ];
  const close = async () => {
    for (const timer of timers) clearInterval(timer);
    stopping.abort();
    feed.close();
    trafficFeed.close();
    await releases.close();
    await notifier.close();
    link.close();
    const closed = app.close();
    await open.drain(CLOSE_MS);
    await closed;
    await members.close();
    await writer.close();
    await otlp?.close();
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    rememberCarried(request, others?.secret);
    open.add(response);
    app.server.emit('request', request, response);
  };
  return { ledger, requests, link, losses, releases, notifier, handle, close };
}

/** Serves the routes and the document that describes them, itself included. */
function serve(app: FastifyInstance, routes: readonly Route[]): void {
  const document: Route = {
    method: 'GET',
    path: '/api/v1/openapi.json',
    access: 'viewer',
    summary: 'This document.',
    answer: { type: 'object' },
    handle: () => described,
  };
  const all = [...routes, document];
  const described = openApiDocument(all, VERSION);
  mount(app, all);
}
