import { type Hop, type Intent, SHAPES } from './intent.ts';
import { COPIES, type Release } from './plan.ts';
import type { ServiceName } from './service-program.ts';

/** What a trail says about lanes. */
export interface Verdict {
  /** The lane that the request had: `base` or a lane's name. */
  readonly lane: Release;
  /** What contradicts the lane; empty when all is well. */
  readonly violations: readonly string[];
  /** Hops at base although the request has a lane: that service has no copy in it. */
  readonly fellBack: readonly string[];
  /** Services that answered although another release should have. */
  readonly strayed: readonly string[];
  /** The lane was disabled while the request was under way, and it went on as a base request. */
  readonly rolledBack: boolean;
}

export interface JudgeOptions {
  /**
   * The canary was being disabled or enabled while the request was under way. Then a request that has entered it may go
   * on in base, for good: a lane disabled after the request got it counts as base from then on.
   */
  readonly switching?: boolean;
  /** The canary is disabled: routes to it do not hold. */
  readonly canaryOff?: boolean;
}

/** Compares a trail, told by the services themselves, with where the request should have been at each hop. */
export function judge(intent: Intent, trail: readonly Hop[], options: JudgeOptions = {}): Verdict {
  const shape = SHAPES[intent.page];
  const lane = laneOf(intent, trail);
  const told = trail.map((hop) => hop.service).join(' ');
  if (told !== shape.services.join(' ')) return broken(lane, `${intent.id}: passed ${told || 'nothing'}`);
  const foreign = trail.find((hop) => hop.id !== intent.id);
  if (foreign) return broken(lane, `${intent.id}: ${foreign.service} answered for ${foreign.id}`);
  const walks = shape.paths.map((path) => walk(intent, lane, pick(trail, path), options));
  return {
    lane,
    violations: walks.flatMap((one) => one.violations),
    fellBack: walks.flatMap((one) => one.fellBack),
    strayed: walks.flatMap((one) => one.strayed),
    rolledBack: walks.some((one) => one.rolledBack),
  };
}

function broken(lane: Release, violation: string): Verdict {
  return { lane, violations: [violation], fellBack: [], strayed: [], rolledBack: false };
}

/** A named environment is what the client said. Of plain traffic the gateway alone knows: it shows at the first hop. */
function laneOf(intent: Intent, trail: readonly Hop[]): Release {
  return intent.env ?? (trail[0]?.release === 'gray' ? 'gray' : 'base');
}

function pick(trail: readonly Hop[], path: readonly number[]): Hop[] {
  return path.map((index) => trail[index] as Hop);
}

/** The releases that may answer a call to `service` in `lane`; one, save while the canary is being switched. */
function expected(intent: Intent, service: ServiceName, lane: Release, options: JudgeOptions): readonly Release[] {
  const inLane: Release = COPIES[service][lane] ? lane : 'base';
  if (intent.tier !== 'canary' || service !== 'warehouse') return [inLane];
  if (options.switching) return ['gray', inLane];
  return [options.canaryOff ? inLane : 'gray'];
}

function walk(intent: Intent, from: Release, hops: readonly Hop[], options: JudgeOptions) {
  const violations: string[] = [];
  const fellBack: string[] = [];
  const strayed: string[] = [];
  let lane = from;
  let rolledBack = false;
  for (const { service, release } of hops) {
    const wanted = expected(intent, service as ServiceName, lane, options);
    if (wanted.includes(release as Release)) {
      if (from !== 'base' && release === 'base') fellBack.push(service);
      if (lane === 'base') lane = release as Release;
    } else if (options.switching && lane === 'gray' && release === 'base') {
      lane = 'base';
      rolledBack = true;
    } else {
      strayed.push(service);
      violations.push(`${intent.id}: ${service} ${release}, expected ${wanted.join(' or ')} in lane ${lane}`);
    }
  }
  return { violations, fellBack, strayed, rolledBack };
}
