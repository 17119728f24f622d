import type { Browser, Page } from 'playwright-core';

/** How often the picture was drawn anew. */
export interface Frames {
  readonly perSecond: number;
  /** The longest time without a new picture. */
  readonly longestMs: number;
}

const VIEWPORT = { width: 1400, height: 900 };
const PATIENCE_MS = 120_000;
const DRAGS = 40;

/** Opens the console for the first time and signs in. `bytes`: of its files, as they came over the wire until then. */
export async function firstLoad(browser: Browser, url: string, token: string): Promise<{ page: Page; bytes: number }> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  page.setDefaultTimeout(PATIENCE_MS);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  const files = new Set<string>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(`${url}/console/`)) files.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(`${url}/console/`);
  await page.locator('input[type=password]').fill(token);
  await page.locator('button[type=submit]').click();
  await page.locator('nav').waitFor();
  await page.waitForLoadState('load');
  return { page, bytes };
}

/** Opens the topology; how long it takes until its boxes stand, in milliseconds. */
export async function openTopology(page: Page, url: string, namespace: string, services: number): Promise<number> {
  const startMs = performance.now();
  await page.goto(`${url}/console/topology?ns=${namespace}`);
  await page
    .locator('.react-flow__node')
    .nth(services - 1)
    .waitFor({ state: 'attached' });
  return performance.now() - startMs;
}

/** Runs in the page: counts pictures until it is told that it is enough. */
const COUNTER = `new Promise((resolve) => {
  const times = [];
  delete document.body.dataset.counted;
  const note = (ms) => {
    times.push(ms);
    if (document.body.dataset.counted === 'yes') resolve(times);
    else requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
})`;

/** Drags the picture about, and counts how often it is drawn meanwhile. */
export async function countFrames(page: Page): Promise<Frames> {
  const counted = page.evaluate<number[]>(COUNTER);
  const { width, height } = VIEWPORT;
  await page.mouse.move(width / 2, height / 2);
  await page.mouse.down();
  for (let drag = 0; drag < DRAGS; drag++) {
    const turn = (drag / DRAGS) * 4 * Math.PI;
    await page.mouse.move(width / 2 + 200 * Math.cos(turn), height / 2 + 100 * Math.sin(turn), { steps: 4 });
  }
  await page.mouse.up();
  await page.evaluate("document.body.dataset.counted = 'yes'");
  const times = await counted;
  const gaps = times.slice(1).map((ms, i) => ms - (times[i] as number));
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return { perSecond: gaps.length / (spanMs / 1000), longestMs: Math.max(...gaps) };
}
