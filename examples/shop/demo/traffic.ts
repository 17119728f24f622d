import type { Intent, Page } from './intent.ts';
import { type Outcome, outcomeOf } from './load.ts';
import type { Entries } from './send.ts';

/** Requests a second. Low enough to leave the machine to its owner. */
const RATE = 40;
/** More are not begun while so many are unanswered. */
const MAX_OPEN = 64;

const PAGES: readonly Page[] = ['checkout', 'line', 'checkout', 'home', 'checkout', 'line', 'export', 'checkout'];

/** Of ten requests one goes to each environment and one carries the header of the route; the others are plain. */
function intentOf(n: number): Intent {
  const page = PAGES[n % PAGES.length] as Page;
  const intent: Intent = { id: `demo-${n}`, page };
  if (page === 'line') return intent;
  if (n % 10 === 2) return { ...intent, env: 'dev-1' };
  if (n % 10 === 4) return { ...intent, env: 'dev-2' };
  if (n % 10 === 6) return { ...intent, tier: 'canary' };
  return intent;
}

/** Sends steady traffic through the gateway until the signal aborts; resolves when the last request has ended. */
export async function steadyTraffic(
  entries: Entries,
  done: (outcome: Outcome) => void,
  signal: AbortSignal,
  perSecond = RATE,
) {
  const open = new Set<Promise<void>>();
  let n = 0;
  const timer = setInterval(() => {
    if (open.size >= MAX_OPEN) return;
    const one = outcomeOf(entries, intentOf(n)).then(done);
    n += 1;
    open.add(one);
    one.finally(() => open.delete(one));
  }, 1000 / perSecond);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(timer);
  await Promise.all(open);
}
