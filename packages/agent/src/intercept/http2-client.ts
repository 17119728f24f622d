import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import process from 'node:process';
import { setImmediate } from 'node:timers';
import type { Decided, Governor } from '../govern/governor.ts';
import type { OutboundCall } from '../govern/outbound.ts';
import type { Route, Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import type { WatchEmitters } from './emitter-class.ts';
import { dialledBy, isConnectedTo, isDirect, isOfDispatcher } from './http2-address.ts';
import { Branches, isBranch, isOver, type Settled } from './http2-branch.ts';
import { type Called, followStreams, STREAM_CALL, StreamCall } from './http2-call.ts';
import { editedBlock, type StreamHeaders, StreamRequest } from './http2-header.ts';
import { authorityOf, feignConnecting, type HeldRequest, holderOf, ownerOf, socketOf } from './http2-internals.ts';
import { redirectUnreached } from './http2-redirect.ts';
import { renewUntaken } from './http2-renewal.ts';
import { type Bound, bindEventsOf, CONTEXT, type Emit, emitterBefore } from './inbound.ts';

/** Taken now: applications under test replace it. */
const { nextTick } = process;

type Session = ClientHttp2Session;
type Request = Session['request'];

/** What is kept of a session. */
interface Kept {
  readonly settled: Settled;
  /** `decided`: elsewhere; undefined: nobody asked yet. */
  kind?: 'decided' | 'detour' | 'direct';
  /** Where it was dialled, once it is connected: before, its socket does not tell. */
  dialled?: Target;
  branches?: Branches;
  /** The application destroyed it. */
  isEnded?: boolean;
  /** The last call that was sent on it. */
  route?: Route;
  /** What waits for it to be connected. */
  waiting?: (() => void)[];
}

/**
 * Governs the streams of HTTP/2 sessions, each by itself. A stream that is to go to another instance than its session is connected to is
 * sent on a branch: a session to that instance, which has the same authority and the same TLS. The class of sessions is found as its first
 * object is made, so that node:http2 is loaded by those only that use it.
 */
export function interceptHttp2Client(governor: Governor, hook: Hook, watch: WatchEmitters): void {
  const { contexts } = governor;
  const patched = new WeakSet<object>();
  const book = new WeakMap<Session, Kept>();

  watch({ isOurs: isClientSession, made: (session) => hook.attempt(() => found(session as Session)) });

  function found(session: Session): void {
    const proto = ownerOf(session, 'request') as Session;
    if (!patched.has(proto)) {
      patched.add(proto);
      feignConnecting(proto);
      patchRequest(proto);
      followChanges(proto);
      followGoaway(proto as unknown as { emit: Emit });
    }
    nextTick(() => hook.attempt(() => begun(session)));
  }

  /** The session is complete, and if it is connecting, nothing came of that yet. */
  function begun(session: Session): void {
    if (isBranch(session) || session.destroyed || isOfDispatcher(session)) return;
    redirectUnreached(session, () => callOf(session, undefined), governor, hook);
  }

  function keptOf(session: Session): Kept {
    const kept = book.get(session) ?? { settled: {} };
    book.set(session, kept);
    return kept;
  }

  function kindOf(session: Session): Kept['kind'] {
    const kept = keptOf(session);
    kept.kind ??=
      isBranch(session) || isOfDispatcher(session) ? 'decided' : isDirect(socketOf(session)) ? 'direct' : 'detour';
    return kept.kind;
  }

  function callOf(session: Session, headers: unknown): OutboundCall {
    const kept = keptOf(session);
    const { host, port } = kept.dialled ?? dialledBy(session);
    if (!session.connecting) kept.dialled ??= { host, port };
    return { host, port, request: new StreamRequest(headers as StreamHeaders, authorityOf(session)) };
  }

  function patchRequest(proto: Session): void {
    const { request } = proto;
    proto.request = function (this: Session, ...args: Parameters<Request>): ClientHttp2Stream {
      const kind = hook.isOn && !this.closed && !this.destroyed ? hook.attempt(() => kindOf(this)) : undefined;
      if (kind === undefined || kind === 'decided') return Reflect.apply(request, this, args);
      const stream = kind === 'direct' ? govern(this, request, args) : passBy(this, request, args);
      hook.attempt(() => bind(stream));
      return stream;
    };
    alike(proto, 'request', request);
  }

  function passBy(session: Session, request: Request, args: Parameters<Request>): ClientHttp2Stream {
    hook.attempt(() => governor.pass('detour'));
    return Reflect.apply(request, session, args);
  }

  function govern(session: Session, request: Request, args: Parameters<Request>): ClientHttp2Stream {
    let held: HeldRequest | undefined;
    const resume = (verdict: Decided) => held && settle(session, held, verdict);
    const verdict = hook.attempt(() => governor.outbound(callOf(session, args[0]), resume));
    const isLeft = verdict === undefined || (verdict !== 'held' && verdict.kind === 'leave');
    const hold = isLeft ? undefined : hook.attempt(() => holderOf(session));
    try {
      if (hold) held = hold(request, args);
    } finally {
      if (!held && verdict !== 'held' && verdict?.kind === 'send') verdict.route.ended();
    }
    if (!held) return Reflect.apply(request, session, args);
    if (verdict === 'held') wait(session, held);
    else if (verdict !== undefined) settle(session, held, verdict);
    return held.stream;
  }

  function settle(session: Session, held: HeldRequest, verdict: Decided): void {
    if (verdict.kind === 'send' && held.stream.destroyed) verdict.route.ended();
    if (verdict.kind === 'refuse') nextTick(() => held.stream.destroy(verdict.error));
    else {
      const edits = verdict.kind === 'leave' ? [] : verdict.headers;
      const start = (on: Session) =>
        held.startOn(on, (block) => hook.attempt(() => editedBlock(block, edits)) ?? block);
      whenConnected(session, () =>
        verdict.kind === 'send' ? place(session, held, verdict, start) : goAsDialled(session, held, start),
      );
    }
  }

  /** A stream that is to wait is not lost with the connection of its session; its branches are there, should it need them then. */
  function wait(session: Session, held: HeldRequest): void {
    const kept = keptOf(session);
    branchesOf(session);
    held.wait(() => kept.isEnded === true);
  }

  /** Starts a stream on its own session or, where that was closed while the stream waited, on another to the same place. */
  function goAsDialled(session: Session, { stream }: HeldRequest, start: (on: Session) => void): void {
    if (stream.destroyed) return;
    const dialled = keptOf(session).dialled ?? dialledBy(session);
    if (!isOver(session)) start(session);
    else branchesOf(session).reach(dialled, stream, { ready: start, failed: (error) => stream.destroy(error) });
  }

  function whenConnected(session: Session, then: () => void): void {
    const kept = keptOf(session);
    if (!session.connecting) then();
    else if (kept.waiting) kept.waiting.push(then);
    else {
      const waiting = [then];
      kept.waiting = waiting;
      session.once('connect', () => {
        delete kept.waiting;
        for (const one of waiting) one();
      });
    }
  }

  /** Starts a stream where the verdict says, on another instance where that cannot be reached, and as dialled where all this fails. */
  function place(
    session: Session,
    held: HeldRequest,
    { route }: Extract<Decided, { kind: 'send' }>,
    begin: (on: Session) => void,
  ): void {
    const { stream } = held;
    const call = new StreamCall(route);
    let first: Error | undefined;
    /** It did not take the stream, and may do so on another connection; null: it was asked again. */
    let refuser: Target | null | undefined;
    (stream as Called)[STREAM_CALL] = call;
    if (route.limitMs !== undefined) route.limit((error) => stream.destroy(error));
    const start = (on: Session) => {
      keptOf(on).route = route;
      begin(on);
    };
    const go = (target: Target) => {
      if (stream.destroyed) return;
      // One that was closed while the stream waited takes none any more; its branches do.
      if (isConnectedTo(session, target) && !isOver(session)) start(session);
      else if (!branchesOf(session).reach(target, stream, { ready: start, failed })) wait(session, held);
    };
    const tried = (target: Target) => {
      try {
        go(target);
      } catch (error) {
        hook.fault(error);
        goAsDialled(session, held, start);
      }
    };
    const other = () => {
      const next = hook.attempt(() => route.next());
      if (next || !refuser) return next;
      const again = refuser;
      refuser = null;
      return again;
    };
    call.renewal = {
      get isPossible() {
        return held.isRenewable;
      },
      begin() {
        if (refuser === undefined) refuser = route.target;
        const target = other();
        if (!target || !held.renew(() => keptOf(session).isEnded === true)) return false;
        // What its peer says further is to be heard before.
        setImmediate(() => tried(target));
        return true;
      },
    };
    const failed = (error: Error) => {
      first ??= error;
      const target = other();
      if (target) return tried(target);
      route.failed('refused');
      stream.destroy(first);
    };
    tried(route.target);
  }

  function branchesOf(session: Session): Branches {
    const kept = keptOf(session);
    kept.branches ??= new Branches(session, kept.settled, (open) => contexts.run(undefined, open));
    return kept.branches;
  }

  /** Events of a stream fire in the context of the connection: they are brought back to that of the request. */
  function bind(stream: ClientHttp2Stream): void {
    const proto = Object.getPrototypeOf(stream) as { emit: Emit };
    if (!patched.has(proto)) {
      patched.add(proto);
      bindEventsOf(proto, contexts);
      followStreams(proto, hook);
      renewUntaken(ownerOf(stream, 'close') as ClientHttp2Stream, hook);
    }
    (stream as Bound)[CONTEXT] = contexts.getStore() ?? null;
  }

  /** A peer that says goodbye is about to end. The last call may have gone on to another since. */
  function followGoaway(proto: { emit: Emit }): void {
    const before = emitterBefore(proto);
    proto.emit = function (this: Session, ...args: unknown[]): boolean {
      if (args[0] === 'goaway') hook.attempt(() => left(this, book.get(this)?.route));
      return before.emit.apply(this, args);
    };
    alike(proto, 'emit', before.emit);
  }

  function left(session: Session, route: Route | undefined): void {
    if (route && isConnectedTo(session, route.target)) route.leaving();
  }

  /** What is done to a session is done to its branches. */
  function followChanges(proto: Session): void {
    const follow = <N extends 'settings' | 'setLocalWindowSize' | 'ping' | 'ref' | 'unref'>(
      name: N,
      then: (kept: Kept, args: Parameters<Session[N]>) => void,
    ) => {
      const original = proto[name] as (...args: unknown[]) => unknown;
      const followed = function (this: Session, ...args: unknown[]) {
        const result = Reflect.apply(original, this, args);
        hook.attempt(() => then(keptOf(this), args as Parameters<Session[N]>));
        return result;
      };
      Object.assign(proto, { [name]: followed });
      alike(proto, name, original);
    };
    follow('settings', ({ settled, branches }, [settings]) => {
      settled.settings = { ...settled.settings, ...settings };
      branches?.forEachReady((branch) => branch.settings(settings));
    });
    follow('setLocalWindowSize', ({ settled, branches }, [windowSize]) => {
      settled.windowSize = windowSize;
      branches?.forEachReady((branch) => branch.setLocalWindowSize(windowSize));
    });
    follow('ping', ({ branches }) => branches?.ping());
    for (const name of ['ref', 'unref'] as const) {
      follow(name, ({ settled, branches }) => {
        settled.isUnref = name === 'unref';
        branches?.reref();
      });
    }
    const { destroy } = proto;
    proto.destroy = function (this: Session, ...args: Parameters<typeof destroy>) {
      // Where the connection was lost, those to other instances are not.
      const kept = hook.attempt(() => (socketOf(this)?.destroyed ? undefined : book.get(this)));
      if (kept) kept.isEnded = true;
      Reflect.apply(destroy, this, args);
      hook.attempt(() => kept?.branches?.destroy(args));
    };
    alike(proto, 'destroy', destroy);
  }
}

function isClientSession(value: object): boolean {
  const { goaway, request } = value as Partial<Session>;
  return typeof goaway === 'function' && typeof request === 'function';
}
