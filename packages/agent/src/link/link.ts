import { setTimeout } from 'node:timers';
import type { Dice } from '@fairway/core';
import {
  type AgentReport,
  type CallerStatus,
  type Command,
  DEFAULT_PACE_MS,
  DIAGNOSIS_KINDS,
  type Diagnose,
  type FollowKeys,
  type InstanceState,
  type Pace,
  type Registration,
  type Update,
  WIRE_VERSION,
} from '@fairway/model';
import { isUpdate } from '@fairway/model/update';
import { type Log, sheltered } from '../log.ts';
import { createBackoff } from './backoff.ts';
import type { DiagnosisQueue } from './diagnosis-queue.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';
import type { HopQueue } from './hop-queue.ts';
import type { LedgerQueue } from './ledger-queue.ts';
import type { TrafficQueue } from './traffic-queue.ts';
import type { OpenStream, Transport } from './transport.ts';

/** `first`: connecting for the first time. `up`: the stream is open. `down`: it is not, or nothing is heard. */
export type LinkPhase = 'idle' | 'first' | 'up' | 'down';

/** What the link needs of the rest of the agent. */
export interface LinkDeps {
  readonly transport: Transport;
  readonly dice: Dice;
  readonly log: Log;
  readonly namespace: string;
  registration(): Registration;
  /** All addresses to subscribe to, and where to resume. */
  subscribed(): Iterable<string>;
  position(): string | undefined;
  /** Applies an update; the revision now in force, or undefined: a full one is needed. */
  apply(update: Update): number | undefined;
  /** How the agent is. */
  report(): AgentReport;
  /** What is to be told of transitions. */
  readonly ledger: LedgerQueue;
  /** What was measured of traffic. */
  readonly traffic: TrafficQueue;
  /** What was found at the control plane's wish. */
  readonly diagnoses: DiagnosisQueue;
  /** What became of followed requests. */
  readonly hops: HopQueue;
  /** How often traffic is to be told. */
  onPace(everyMs: number): void;
  /** By which keys a request is known that is to be followed. */
  onFollowKeys(keys: FollowKeys): void;
  /** A registration was answered. */
  onRegistered(state: InstanceState): void;
  /** The control plane wants something done. */
  onCommand(kind: Command['kind']): void;
  /** The control plane wants to know something of this process. */
  onDiagnose(ask: Diagnose): void;
  /** The link was lost: nothing is answered for now. */
  onDown(): void;
}

/** The one connection of this process to the control plane. Reconnects by itself for ever; never throws. */
export interface Link {
  readonly phase: LinkPhase;
  /** Answers that were not what a control plane says, and were ignored. */
  readonly ignored: number;
  /** Connects, unless that was done. */
  start(): void;
  /** What is registered changed. */
  announce(): void;
  /** Asks what an address means. */
  subscribe(address: string): void;
  /** The report says something that must not wait. */
  report(): void;
  /** There is something in the ledger to tell. */
  tell(): void;
  /** Which callers know that this instance is in a state; held for some seconds until all do. undefined: nobody says. Never rejects. */
  callers(state: KnownState): Promise<CallerStatus | undefined>;
  /** An answer did not come in time: the link counts as down until something is heard. */
  doubt(): void;
}

interface Session {
  stream?: OpenStream;
  isOpen: boolean;
  openedMs: number;
  isSending: boolean;
  announce: boolean;
  addresses: Set<string>;
  /** To be acknowledged. */
  revision: number | undefined;
  acknowledged: number | undefined;
  acknowledgedMs: number;
  /** Waits until an acknowledgement that nobody waits for may be sent. */
  patience: NodeJS.Timeout | undefined;
  /** When that is. */
  dueMs: number;
  /** The report that was last sent, and when. */
  reported: { readonly text: string; readonly atMs: number } | undefined;
}

interface Post {
  readonly path: string;
  body(): unknown;
  /** It did not arrive: what it tells is to be told again. */
  again(): void;
  /** It was answered. */
  done?(): void;
  /** A control plane that does not know of it is none the worse. */
  readonly isOptional?: boolean;
  /** Nothing depends on its answer. */
  readonly isIdle?: boolean;
}

const SILENCE_MS = 15_000;
/** A stream that lived this long was a good one: the next attempt is made at once. */
const GOOD_STREAM_MS = 5000;
const MAX_EVENT_CHARS = 64 * 1024 * 1024;
const MAX_ADDRESSES_A_POST = 4096;
/** Updates that tell of nothing but instances are acknowledged no more often. */
const PATIENCE_MS = 2000;
const MAX_PACE_MS = 10_000;
const MAX_REPORT_PACE_MS = 60_000;
/** Reports are sent with acknowledgements, when something changed and the last one is so old, or when they must not wait. */
export const REPORT_EVERY_MS = 10_000;

/** Creates the link; it does nothing before `start`. */
export function createLink(deps: LinkDeps): Link {
  const { transport, log } = deps;
  const backoff = createBackoff(deps.dice);
  const postBackoff = createBackoff(deps.dice);
  let session: Session | undefined;
  let phase: LinkPhase = 'idle';
  let isDoubted = false;
  let ignored = 0;
  let mayResume = false;
  /** Over how long the fleet spreads what all of it does at one time; the control plane says. */
  let paceMs = 0;

  function begin(): void {
    const own: Session = {
      isOpen: false,
      openedMs: 0,
      isSending: false,
      announce: false,
      addresses: new Set(deps.subscribed()),
      revision: undefined,
      acknowledged: undefined,
      acknowledgedMs: 0,
      patience: undefined,
      dueMs: 0,
      reported: undefined,
    };
    session = own;
    try {
      open(own);
    } catch (error) {
      fail(own, error instanceof Error ? error.message : 'failed');
    }
  }

  function fail(own: Session, why: string): void {
    if (session !== own) return;
    session = undefined;
    own.stream?.close();
    if (own.patience) clearTimeout(own.patience);
    phase = 'down';
    if (own.isOpen && Date.now() - own.openedMs > GOOD_STREAM_MS) backoff.reset();
    const waitMs = backoff.nextMs() + deps.dice() * paceMs;
    log.info(`link lost: ${why}; trying again in ${Math.round(waitMs)} ms`);
    setTimeout(begin, waitMs).unref();
    deps.onDown();
  }

  /** Sends what is to be sent, one after the other; nothing before the stream is open. */
  function send(own: Session): void {
    if (own.isSending || !own.isOpen) return;
    own.isSending = true;
    sendAll(own).catch((error: unknown) => fail(own, error instanceof Error ? error.message : 'failed'));
  }

  async function sendAll(own: Session): Promise<void> {
    for (let next = nextPost(own); next; next = nextPost(own)) {
      const status = await transport.post(next.path, next.body()).catch(() => undefined);
      if (status === undefined) await postpone(next.again);
      else if (!next.isIdle && status >= (next.isOptional ? 500 : 300))
        throw new Error(`${next.path} answered with status ${status}`);
      else arrived(next);
      if (session !== own) throw new Error('the session is over');
    }
    own.isSending = false;
  }

  function arrived({ done }: Post): void {
    postBackoff.reset();
    done?.();
  }

  /** A post got no answer, but the stream is open: a control plane that is busy is not to be made busier by a new one. */
  async function postpone(again: () => void): Promise<void> {
    again();
    const waitMs = postBackoff.nextMs();
    log.info(`no answer to a post; trying again in ${Math.round(waitMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
  }

  function nextPost(own: Session): Post | undefined {
    const head = () => ({ version: WIRE_VERSION, instance: deps.registration().instance.id });
    if (own.announce) return announcement(own);
    if (own.addresses.size > 0) {
      const addresses = takeAddresses(own);
      const again = () => {
        for (const address of addresses) own.addresses.add(address);
      };
      return { path: 'subscriptions', body: () => ({ ...head(), addresses }), again };
    }
    const told = deps.ledger.next();
    if (told) {
      const done = () => deps.ledger.answered(told.seq);
      return { path: 'ledger', body: () => ({ ...head(), ...told }), again: () => undefined, done, isOptional: true };
    }
    if (own.revision === undefined) return diagnosisPost(head()) ?? hopsPost(head()) ?? trafficPost(head());
    const { revision } = own;
    own.revision = undefined;
    own.acknowledged = revision;
    own.acknowledgedMs = Date.now();
    const again = () => {
      own.revision ??= revision;
      own.reported = undefined;
    };
    return { path: 'acks', body: () => ({ ...head(), revision, ...freshReport(own) }), again };
  }

  function hopsPost(head: object): Post | undefined {
    const told = deps.hops.next();
    if (!told) return undefined;
    const done = () => deps.hops.answered();
    return { path: 'hops', body: () => ({ ...head, ...told }), again: () => undefined, done, isIdle: true };
  }

  function trafficPost(head: object): Post | undefined {
    const told = deps.traffic.next();
    if (!told) return undefined;
    const done = () => deps.traffic.answered(told.seq);
    return { path: 'traffic', body: () => ({ ...head, ...told }), again: () => undefined, done, isIdle: true };
  }

  function diagnosisPost(head: object): Post | undefined {
    const told = deps.diagnoses.next();
    if (!told) return undefined;
    const done = () => deps.diagnoses.answered(told.id);
    return { path: 'diagnoses', body: () => ({ ...head, ...told }), again: () => undefined, done, isIdle: true };
  }

  function takeAddresses(own: Session): string[] {
    const addresses = [...own.addresses].slice(0, MAX_ADDRESSES_A_POST);
    for (const address of addresses) own.addresses.delete(address);
    return addresses;
  }

  function announcement(own: Session): Post {
    own.announce = false;
    const registration = deps.registration();
    const again = () => {
      own.announce = true;
    };
    const done = () => registered(own, registration);
    return { path: 'instances', body: () => registration, again, done };
  }

  /** Where more is to be announced, it is that which counts: another port, for one. */
  function registered(own: Session, { instance }: Registration): void {
    if (!own.announce) deps.onRegistered(instance.state);
  }

  function freshReport(own: Session): { report?: AgentReport } {
    const nowMs = Date.now();
    if (own.reported && nowMs - own.reported.atMs < REPORT_EVERY_MS) return {};
    const report = deps.report();
    const text = JSON.stringify(report);
    if (text === own.reported?.text) return {};
    own.reported = { text, atMs: nowMs };
    return { report };
  }

  function soon(change: (own: Session) => void): void {
    if (!session) return;
    change(session);
    send(session);
  }

  /** One request says all: what is registered, what is subscribed to, where to resume. */
  function open(own: Session): void {
    const silence = setTimeout(() => {
      own.stream?.close(true);
      fail(own, 'silence');
    }, SILENCE_MS).unref();
    const parser = createEventParser(MAX_EVENT_CHARS, (event) => receive(own, event));
    const position = mayResume ? deps.position() : undefined;
    const registration = deps.registration();
    own.stream = transport.open(
      'stream',
      position === undefined ? {} : { 'last-event-id': position },
      { ...registration, addresses: takeAddresses(own) },
      {
        onOpen() {
          own.isOpen = true;
          own.openedMs = Date.now();
          phase = 'up';
          log.info('link up');
          deps.onPace(DEFAULT_PACE_MS);
          registered(own, registration);
          send(own);
        },
        onChunk(chunk) {
          silence.refresh();
          isDoubted = false;
          if (session === own && !parser.push(chunk)) reject(own, 'an event that is too large');
        },
        onEnd(why) {
          clearTimeout(silence);
          fail(own, why);
        },
      },
    );
  }

  /** Only the form of resources was checked: what cannot be made sense of is not to be the application's trouble. */
  function applied(update: Update): number | undefined {
    return sheltered(log, 'an update cannot be applied', () => deps.apply(update));
  }

  function reject(own: Session, why: string): void {
    ignored++;
    mayResume = false;
    fail(own, why);
  }

  function receive(own: Session, { event, data, retry = 0 }: ServerEvent): void {
    if (session !== own) return;
    if (event === 'command') obey(data);
    if (event === 'pace') hasten(data);
    if (event === 'diagnose') look(data);
    if (event === 'follow') learnKeys(data);
    if (event !== 'update') return;
    const update = parseUpdate(data);
    const isOurs = update?.namespace === deps.namespace;
    const revision = isOurs ? applied(update) : undefined;
    if (!update || revision === undefined) {
      reject(own, isOurs ? 'an update that does not follow' : 'an update that is none');
      return;
    }
    mayResume = true;
    paceMs = Math.min(retry, MAX_PACE_MS);
    log.debug(`revision ${revision} applied`);
    own.revision = revision;
    acknowledge(own, isAwaited(update));
  }

  function obey(data: string): void {
    const { kind } = (parsed(data) ?? {}) as Partial<Command>;
    if (kind === 'drain' || kind === 'resume') sheltered(log, `${kind} was told`, () => deps.onCommand(kind));
  }

  function look(data: string): void {
    const ask = (parsed(data) ?? {}) as Partial<Diagnose>;
    const { id, kind, seconds } = ask;
    if (typeof id !== 'string' || !kind || !DIAGNOSIS_KINDS.includes(kind) || !(Number(seconds) > 0)) return;
    sheltered(log, 'a diagnosis was asked for', () => deps.onDiagnose(ask as Diagnose));
  }

  function hasten(data: string): void {
    const { everyMs } = (parsed(data) ?? {}) as Partial<Pace>;
    if (!Number.isInteger(everyMs) || Number(everyMs) < 0) return;
    sheltered(log, 'a pace was told', () => deps.onPace(Math.min(Number(everyMs), MAX_REPORT_PACE_MS)));
  }

  function learnKeys(data: string): void {
    const told = (parsed(data) ?? {}) as Partial<FollowKeys>;
    if (typeof told.nowMs !== 'number' || !Array.isArray(told.keys)) return;
    sheltered(log, 'keys were told', () => deps.onFollowKeys(told as FollowKeys));
  }

  /** Instances that come and go are many, and nobody waits to hear that they are known. */
  function acknowledge(own: Session, isUrgent: boolean): void {
    const nowMs = Date.now();
    const quietMs = isUrgent ? 0 : Math.max(0, own.acknowledgedMs + PATIENCE_MS - nowMs);
    const waitMs = Math.min(quietMs, PATIENCE_MS) + deps.dice() * paceMs;
    if (waitMs === 0) send(own);
    else remindIn(own, waitMs, nowMs + waitMs);
  }

  function remindIn(own: Session, waitMs: number, dueMs: number): void {
    if (own.patience && own.dueMs <= dueMs) return;
    if (own.patience) clearTimeout(own.patience);
    own.dueMs = dueMs;
    own.patience = setTimeout(() => remind(own), waitMs).unref();
  }

  function remind(own: Session): void {
    own.patience = undefined;
    if (session === own) send(own);
  }

  return {
    get phase() {
      return phase === 'up' && isDoubted ? 'down' : phase;
    },
    get ignored() {
      return ignored;
    },
    start() {
      if (phase !== 'idle') return;
      phase = 'first';
      begin();
    },
    announce() {
      soon((own) => {
        own.announce = true;
      });
    },
    subscribe(address) {
      soon((own) => own.addresses.add(address));
    },
    report() {
      soon((own) => {
        own.reported = undefined;
        own.revision ??= own.acknowledged;
      });
    },
    tell() {
      soon(() => undefined);
    },
    callers: (state) =>
      transport.get(`callers?instance=${encodeURIComponent(deps.registration().instance.id)}&state=${state}`).then(
        (text) => asCallerStatus(parsed(text)),
        () => undefined,
      ),
    doubt() {
      isDoubted = true;
    },
  };
}

/** States of an instance that wait for its callers to know. */
export type KnownState = 'ready' | 'draining';

/** An instance that became ready so lately may still wait until its callers know. */
const FRESH_MS = 10_000;

/**
 * Whether someone may wait until an update is acknowledged: it tells of more than instances, or of nothing, or of one that
 * is draining and goes when its callers know, or of one that has just come.
 */
function isAwaited({ resources, instances, addresses, full }: Update): boolean {
  const isAboutInstances = instances.set.length + instances.removed.length > 0;
  const isAboutResources = resources.set.length + resources.removed.length > 0;
  const isWaiting = instances.set.some(
    ({ state, readyForMs = FRESH_MS }) => state === 'draining' || (state === 'ready' && readyForMs < FRESH_MS),
  );
  return full || isAboutResources || isWaiting || !isAboutInstances || Object.keys(addresses).length > 0;
}

function parseUpdate(text: string): Update | undefined {
  const value = parsed(text);
  return isUpdate(value) ? value : undefined;
}

function asCallerStatus(value: unknown): CallerStatus | undefined {
  const { callers, acknowledged } = (value ?? {}) as Partial<CallerStatus>;
  return typeof callers === 'number' && typeof acknowledged === 'number' ? (value as CallerStatus) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
