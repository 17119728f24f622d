import type { AddressInfo } from 'node:net';
import { hostPort, type Self } from '@fairway/core';
import { DEFAULT_PACE_MS, type FollowKeys, type Update } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { type Log, sheltered } from '../log.ts';
import type { Options } from '../option.ts';
import { mergedCounts } from '../report.ts';
import { createDiagnosisQueue } from './diagnosis-queue.ts';
import { createDirectory } from './directory.ts';
import { createHopQueue } from './hop-queue.ts';
import { createLedgerQueue } from './ledger-queue.ts';
import type { Line, LineEvents } from './line.ts';
import { createLink, type Link } from './link.ts';
import { createListeners } from './presence.ts';
import { identify, registrationOf } from './registration.ts';
import { createSnapshotFile, type SnapshotFile } from './snapshot-file.ts';
import { createStanding } from './standing.ts';
import { createThreadHub, type ThreadHub } from './thread-hub.ts';
import { createTrafficQueue } from './traffic-queue.ts';
import { createTransport } from './transport.ts';

const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

/** The line of the main thread: the one link of the process, its directory, its snapshot, and what it shares with worker threads. */
export function createMainLine(options: Options, log: Log, events: LineEvents): Line {
  const { servers, namespace } = options;
  const transport = createTransport(servers, options.token, Math.random);
  const listeners = createListeners(options.host);
  const directory = createDirectory(namespace);
  const ownAddresses = new Set(servers.map(addressOf));
  const ledger = createLedgerQueue(nowMs);
  const traffic = createTrafficQueue(Date.now(), nowMs);
  const diagnoses = createDiagnosisQueue();
  const hops = createHopQueue(nowMs);
  let followKeys: { readonly told: FollowKeys; readonly heardMs: number } | undefined;
  let everyMs = DEFAULT_PACE_MS;
  const standing = createStanding(ledger, traffic, () => running);
  let isAside = false;
  let running: { link: Link; self: Self; file: SnapshotFile } | undefined;

  /** While it is aside, only a full update is looked at: it may be smaller. */
  function apply(update: Update): number | undefined {
    if (isAside && !update.full) return update.revision;
    const change = directory.apply(update);
    if (!change || !running) return undefined;
    if (directory.bytes > options.budgetBytes) {
      stepAside();
      return update.revision;
    }
    isAside = false;
    events.changed(running.self, directory, change);
    threads.share({ self: running.self, update });
    return directory.revision;
  }

  function pace(wantedMs: number): void {
    if (wantedMs === everyMs) return;
    everyMs = wantedMs;
    events.paced(everyMs);
    threads.share({ everyMs });
  }

  function learnKeys(told: FollowKeys): void {
    followKeys = { told, heardMs: nowMs() };
    events.followKeys(told);
    threads.share({ followKeys: told });
  }

  /** As the control plane would tell them now. */
  function keysNow(): FollowKeys[] {
    if (!followKeys) return [];
    const { told, heardMs } = followKeys;
    return [{ ...told, nowMs: told.nowMs + nowMs() - heardMs }];
  }

  function stepAside(): void {
    if (!isAside)
      log.error(`all points pass through: what is known takes ${directory.bytes} bytes, more than FAIRWAY_BUDGET_MB`);
    isAside = true;
    directory.clear();
    running?.link.report();
    events.aside();
    events.down();
    threads.share({ isAside: true });
  }

  /** Reads what was known, and connects. Done once, by the first that needs it. */
  function run(): Link {
    if (running) return running.link;
    const identity = identify(options);
    const self = { service: `${namespace}/${identity.service}`, lane: options.lane, instance: identity.instance };
    const file = createSnapshotFile(
      options.stateDir,
      Math.min(MAX_SNAPSHOT_BYTES, options.budgetBytes),
      { server: servers.map(({ href }) => href).join(' '), namespace, service: identity.service },
      log,
    );
    const link = createLink({
      transport,
      dice: Math.random,
      log,
      namespace,
      registration: () => registrationOf(options, identity, standing.declared(listeners.presence())),
      subscribed: () => new Set([...directory.addresses, ...events.asked(), ...threads.asked]),
      position: () => directory.position,
      apply(update) {
        const revision = apply(update);
        if (revision !== undefined) file.keep(() => directory.snapshot());
        return revision;
      },
      ledger,
      traffic,
      diagnoses,
      hops,
      onPace: pace,
      onFollowKeys: learnKeys,
      onRegistered: standing.answered,
      onCommand: events.command,
      onDiagnose: events.diagnose,
      onDown() {
        events.down();
        threads.share({ isDown: true });
      },
      report: () => line.report(),
    });
    running = { link, self, file };
    const kept = file.read();
    if (kept) sheltered(log, 'the snapshot cannot be applied', () => apply(kept));
    link.start();
    return link;
  }

  const line: Line = {
    standing,
    get isAnswering() {
      const phase = running?.link.phase;
      return !isAside && (phase === 'up' || phase === 'first');
    },
    get isAside() {
      return isAside;
    },
    ask(address) {
      const link = run();
      if (!isAside) link.subscribe(address);
    },
    late: () => running?.link.doubt(),
    serviceAt: (address) => (ownAddresses.has(address) ? null : directory.serviceAt(address)),
    opened: (address: AddressInfo) => {
      listeners.add(address);
      events.listening(address);
      run().announce();
    },
    closed: (address: AddressInfo) => {
      listeners.remove(address);
      running?.link.announce();
    },
    turned: () => running?.link.report(),
    saw({ transitions, counts }) {
      for (const { agoMs, ...recorded } of transitions) ledger.record(recorded, agoMs);
      ledger.count(counts);
      running?.link.tell();
    },
    measured(measured) {
      events.measured(measured);
      traffic.add(measured);
      running?.link.tell();
    },
    diagnosed(diagnosis) {
      diagnoses.add(diagnosis);
      running?.link.tell();
    },
    hops(told) {
      hops.add(told);
      running?.link.tell();
    },
    report: () => ({
      ...mergedCounts(events.report(), threads.counts),
      bytes: directory.bytes,
      ...(isAside ? { aside: 'what it has to know takes more memory than FAIRWAY_BUDGET_MB' } : {}),
    }),
    probe: () => ({
      phase: running?.link.phase ?? 'idle',
      ignored: running?.link.ignored ?? 0,
      position: directory.position,
      addresses: [...directory.addresses].length,
    }),
  };
  const threads: ThreadHub = createThreadHub(line, () => {
    const paced = [
      ...(everyMs === DEFAULT_PACE_MS ? [] : [{ everyMs }]),
      ...keysNow().map((keys) => ({ followKeys: keys })),
    ];
    if (isAside) return [...paced, { isAside: true }];
    const update = directory.snapshot();
    return update && running ? [...paced, { self: running.self, update }] : paced;
  });
  return line;
}

function addressOf({ hostname, port, protocol }: URL): string {
  return hostPort(hostname.replace(/^\[|\]$/g, ''), Number(port) || (protocol === 'https:' ? 443 : 80));
}
