// The console over the running shop, in a real browser: a canary is made, watched, rolled back and brought back.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createClient } from '@fairway/client';
import { ensureConsole } from '@fairway/console/build';
import type { Resource } from '@fairway/model';
import { type Fleet, startFleet } from '@fairway/shop/demo/fleet.ts';
import { steadyTraffic } from '@fairway/shop/demo/traffic.ts';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MINUTE_MS = 60_000;
const GRAY = { namespace: 'shop', kind: 'Lane', name: 'gray' } as const;
const laneOf = (name: string, spec: object) =>
  ({ apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace: 'shop' }, spec }) as Resource;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Set: pictures of all pages are made there. */
const SCREENSHOTS = process.env['FAIRWAY_SCREENSHOTS'];
const PAGES = [
  '',
  'topology',
  'services',
  'services/shop/order',
  'lanes',
  'releases',
  'rules',
  'lossless',
  'traces',
  'explain',
  'events',
  'audit',
  'settings',
];

const stop = new AbortController();
let fleet: Fleet;
let browser: Browser;
let traffic: Promise<void>;

beforeAll(async () => {
  await ensureConsole();
  fleet = await startFleet({ say: () => {}, signal: stop.signal });
  await fleet.client.delete({ namespace: 'shop', kind: 'Route', name: 'canary-stock' });
  await fleet.client.delete(GRAY);
  traffic = steadyTraffic(fleet.entries, () => {}, stop.signal);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 3 * MINUTE_MS);

afterAll(async () => {
  stop.abort();
  await browser?.close();
  await traffic;
  await fleet?.stop();
}, MINUTE_MS);

interface Look {
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
}

/** A new window of somebody who has signed in. Errors of scripts are collected. */
async function signedIn({ locale = 'en-US', colorScheme = 'light' }: Look = {}): Promise<Page & { faults: string[] }> {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width: 1400, height: 900 } });
  const page = Object.assign(await context.newPage(), { faults: [] as string[] });
  page.on('pageerror', (error) => page.faults.push(error.message));
  await page.goto(`${fleet.controlPlane.server}/console/`);
  await page.locator('input[type=password]').fill(fleet.controlPlane.token);
  await page.locator('button[type=submit]').click();
  await page.locator('nav').waitFor();
  return page;
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${fleet.controlPlane.server}/console/${path}`);
  await page.locator('h1').waitFor();
}

/** Goes from one thing to the next until it is there, as somebody without a mouse does. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let press = 0; press < 80; press++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`${wanted} is not reached by the Tab key`);
}

/** What axe finds wrong by WCAG 2 AA: rule and place. */
async function accessibilityProblems(page: Page): Promise<string[]> {
  // As the protocol's client, which the page's policy does not hold for.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    interface Violation {
      id: string;
      nodes: { html: string }[];
    }
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

describe('the console', () => {
  it('tells clearly that a token is not valid', async () => {
    const page = await browser.newPage();
    await page.goto(`${fleet.controlPlane.server}/console/lanes`);
    await page.locator('input[type=password]').fill('fwy_wrong');
    await page.locator('button[type=submit]').click();
    await page.getByRole('alert').getByText('This token is not valid').waitFor();
    await page.close();
  });

  it(
    'makes a canary, shows it beside base, rolls it back and brings it back',
    async () => {
      const page = await signedIn();
      await open(page, 'lanes?ns=shop&edit=new');
      await page.getByRole('textbox', { name: 'Name' }).fill('gray');
      await page.getByLabel('Entry services or gateways').fill('edge, field');
      await page.getByLabel('Percent of the traffic').fill('10');
      await page.getByText('Instances in the lane: ').waitFor();
      await page.getByText('Share of the traffic that came in the last minute: 10 % (').waitFor();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
      expect((await fleet.client.get(GRAY)).resource.spec).toEqual({
        entry: [{ services: ['edge', 'field'], percent: 10 }],
      });

      await open(page, 'topology?ns=shop');
      await page.locator('[data-edge="shop/storefront shop/order gray"]').waitFor({ state: 'attached' });
      await page.locator('[data-edge="shop/storefront shop/order base"]').waitFor({ state: 'attached' });
      // Somebody moves the picture. Its numbers change after that, and it stays where it is.
      const pane = await page.locator('.react-flow__pane').boundingBox();
      const corner = { x: (pane?.x ?? 0) + (pane?.width ?? 0), y: (pane?.y ?? 0) + (pane?.height ?? 0) };
      const place = () => page.locator('.react-flow__viewport').getAttribute('style');
      const stood = await place();
      await page.mouse.move(corner.x - 20, corner.y - 20);
      await page.mouse.down();
      await page.mouse.move(corner.x - 80, corner.y - 60, { steps: 4 });
      await page.mouse.up();
      expect(await place()).not.toBe(stood);
      const arrow = page.locator('.react-flow__edge').first();
      const before = await arrow.getAttribute('aria-label');
      const drawn = await arrow.elementHandle();
      await page.waitForFunction(([one, text]) => one.getAttribute('aria-label') !== text, [drawn, before] as const);
      expect(await drawn.evaluate((one) => one.isConnected)).toBe(true);

      await open(page, 'lanes?ns=shop');
      const verdicts = page.getByRole('table', { name: 'Lanes against base, since they were changed' });
      await verdicts.getByRole('row').filter({ hasText: 'shop/order' }).first().waitFor();
      const lanes = page.getByRole('table').first();
      const gray = lanes.getByRole('row').filter({ hasText: 'gray' });
      await gray.getByRole('button', { name: 'Roll back' }).click();
      await gray.getByRole('button', { name: 'Turn on' }).waitFor();
      expect((await fleet.client.get(GRAY)).resource.spec).toMatchObject({ enabled: false });
      await gray.getByRole('button', { name: 'Undo' }).click();
      await gray.getByRole('button', { name: 'Roll back' }).waitFor();
      expect((await fleet.client.get(GRAY)).resource.spec).not.toHaveProperty('enabled');
      expect(page.faults).toEqual([]);
      await page.context().close();
    },
    MINUTE_MS,
  );

  it(
    'starts a release, tells its mistakes first, shows canary beside base, takes an approval, and rolls back',
    async () => {
      const before = await fleet.client.get(GRAY);
      const page = await signedIn();
      await open(page, 'releases?ns=shop&edit=new');
      const text = page.getByRole('textbox', { name: 'YAML' });
      const release = {
        apiVersion: 'fairway.dev/v1',
        kind: 'Release',
        metadata: { name: 'prices-2', namespace: 'shop' },
        spec: {
          lane: 'gray',
          services: ['storefront', 'order', 'warehouse'],
          entry: { services: ['edge'] },
          steps: [{ percent: 30 }, { pause: { approval: true } }, { percent: 40 }, { check: { for: '1h' } }],
        },
      };
      await text.fill(JSON.stringify(release).replace('"percent":40', '"percent":400'));
      await page.getByText('spec.steps[2].percent').first().waitFor();
      await text.fill(JSON.stringify(release));
      await page.getByText('It can be started.').waitFor();
      await page.getByRole('button', { name: 'Start' }).click();
      await page.getByRole('heading', { name: 'Release prices-2' }).waitFor();
      // The step is called after what it waits for.
      await page.getByRole('button', { name: 'Approve', exact: true }).click();
      await page.getByText('Step 4 of 4').waitFor();
      const beside = page.getByRole('table', { name: 'Canary beside base' });
      await beside.getByRole('row').filter({ hasText: 'shop/order' }).waitFor();
      const health = page.getByRole('table', { name: 'Instances of the canary : of base' });
      await health
        .getByRole('row')
        .filter({ hasText: /shop\/order.*MiB : .*MiB/ })
        .waitFor();
      await page.locator('canvas').nth(8).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      if (SCREENSHOTS) await photograph(page, 'release', 'light');
      await page.getByRole('button', { name: 'Roll back' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
      await page.getByText('rolled back', { exact: true }).first().waitFor();
      // What it was judged by is still to be seen.
      await beside.getByRole('row').filter({ hasText: 'shop/order' }).waitFor();
      expect((await fleet.client.get(GRAY)).resource.spec).toMatchObject({ enabled: false });
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Report' }).click();
      expect((await download).suggestedFilename()).toBe('prices-2.html');
      const inChinese = await signedIn({ locale: 'zh-CN', colorScheme: 'dark' });
      await open(inChinese, 'releases/shop/prices-2');
      const story = inChinese.getByRole('table', { name: '经过' });
      for (const text of ['30 % 的请求', '请批准', '全部已确认', '暂停结束']) {
        await story.getByRole('cell', { name: text, exact: true }).first().waitFor();
      }
      if (SCREENSHOTS) await photograph(inChinese, 'release', 'dark');
      await open(inChinese, 'lanes?ns=shop');
      await inChinese.getByText('edge: 全部，若 请求头 x-env = dev-1').waitFor();
      await fleet.client.put(before.resource, GRAY);
      expect([page.faults, inChinese.faults]).toEqual([[], []]);
      await inChinese.context().close();
      await page.context().close();
    },
    MINUTE_MS,
  );

  it('does not make a lane in place of another one', async () => {
    const page = await signedIn();
    await open(page, 'lanes?ns=shop&edit=new');
    await page.getByRole('textbox', { name: 'Name' }).fill('dev-1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('exists already').waitFor();
    await page.context().close();
  });

  it('shows what people write as text', async () => {
    const name = '<img src=x onerror="document.title=1">';
    await fleet.client.createToken({ name, role: 'viewer' });
    const page = await signedIn();
    await open(page, 'settings');
    await page.getByText(name).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await page.context().close();
  });

  it('turns a namespace off, after asking, and on', async () => {
    const page = await signedIn();
    await open(page, 'settings');
    const shop = page
      .getByRole('row')
      .filter({ has: page.getByRole('cell', { name: 'shop', exact: true }) })
      .first();
    await shop.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
    await shop.getByRole('button', { name: 'Turn on' }).click();
    await shop.getByRole('button', { name: 'Turn off' }).waitFor();
    await page.context().close();
  });

  it('makes a policy as text, tells its mistakes before it is saved, and deletes it after asking', async () => {
    const page = await signedIn();
    await open(page, 'rules?ns=shop&edit=new:Policy');
    const text = page.getByRole('textbox', { name: 'YAML' });
    const written = await text.inputValue();
    await text.fill(written.replace('name: ""', 'name: quick').replace('2s', 'soon'));
    await page.getByText('spec.timeout.request').first().waitFor();
    await text.fill(written.replace('name: ""', 'name: quick'));
    await page.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row', { name: 'Policy quick' });
    await row.getByRole('button', { name: 'Delete' }).click();
    const address = { namespace: 'shop', kind: 'Policy', name: 'quick' } as const;
    expect((await fleet.client.get(address)).resource.spec).toMatchObject({ timeout: { request: '2s' } });
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    await expect(fleet.client.get(address)).rejects.toMatchObject({ code: 'FAIRWAY_NOT_FOUND' });
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  it('makes a policy by the form, beside which the text follows', async () => {
    const page = await signedIn();
    await open(page, 'rules?ns=shop&edit=new:Policy');
    await page.getByRole('textbox', { name: 'Name' }).fill('by-form');
    await page.getByLabel('Warm-up lasts').fill('90s');
    await page.getByRole('switch', { name: 'Sick instances are taken out' }).click();
    await page.getByLabel('A call may take').fill('');
    expect(await page.getByRole('textbox', { name: 'YAML' }).inputValue()).toContain('duration: 90s');
    expect(await accessibilityProblems(page)).toEqual([]);
    if (SCREENSHOTS) await photograph(page, 'rule', 'light');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: 'Policy by-form' }).waitFor();
    const address = { namespace: 'shop', kind: 'Policy', name: 'by-form' } as const;
    expect((await fleet.client.get(address)).resource.spec).toEqual({
      services: ['order'],
      warmup: { duration: '90s' },
      outlier: { enabled: false },
      retry: { attempts: 1 },
    });
    await fleet.client.delete(address);
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  it('warns of a rule that nothing would come to, before it is saved', async () => {
    const whole = laneOf('whole', { entry: [{ services: ['field'] }] });
    await fleet.client.apply([whole]);
    const page = await signedIn();
    await open(page, 'lanes?ns=shop&edit=new');
    await page.getByRole('textbox', { name: 'Name' }).fill('zero');
    await page.getByLabel('Entry services or gateways').fill('field');
    await page.getByLabel('Percent of the traffic').fill('10');
    await page.getByText('entry 0 of lane zero is never reached at shop/field').waitFor();
    await fleet.client.delete({ namespace: 'shop', kind: 'Lane', name: 'whole' });
    await page.context().close();
  });

  it(
    'shows a service that is rolled: its events, its warm-up, and what it cost',
    async () => {
      const page = await signedIn();
      await open(page, 'lossless?ns=shop');
      await fleet.roll('warehouse');
      const rollout = page.getByRole('heading', { name: 'shop/warehouse' }).first();
      await rollout.waitFor();
      await page.getByText('nothing lost').first().waitFor();
      await open(page, 'services/shop/warehouse');
      await page.getByRole('img', { name: 'Warming up' }).first().waitFor();
      await open(page, 'events?ns=shop&kind=instance');
      await page.getByRole('textbox', { name: 'Search' }).fill('draining');
      const events = page.getByRole('table', { name: 'Events' }).getByRole('row');
      await events.filter({ hasText: 'shop/warehouse' }).first().waitFor();
      await events.filter({ hasText: 'starting' }).first().waitFor({ state: 'detached' });
      expect(page.faults).toEqual([]);
      await page.context().close();
    },
    MINUTE_MS,
  );

  it('can be used with the keyboard alone', async () => {
    const page = await browser.newPage();
    await page.goto(`${fleet.controlPlane.server}/console/`);
    await tabTo(page, page.locator('input[type=password]'));
    await page.keyboard.type(fleet.controlPlane.token);
    await page.keyboard.press('Enter');
    await page.locator('nav').waitFor();
    await tabTo(page, page.getByRole('link', { name: 'Lanes' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'New lane' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.type('by-keys');
    await tabTo(page, page.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    const row = page.getByRole('row').filter({ hasText: 'by-keys' });
    await tabTo(page, row.getByRole('button', { name: 'Roll back' }));
    await page.keyboard.press('Enter');
    await row.getByRole('button', { name: 'Turn on' }).waitFor();
    await fleet.client.delete({ namespace: 'default', kind: 'Lane', name: 'by-keys' });
    await page.close();
  });

  it('tells in words what is slow or fails, and goes on when it is well again', async () => {
    const page = await signedIn();
    const answers = { go: () => {} };
    const asked = new Promise<void>((resolve) => {
      answers.go = resolve;
    });
    await page.route('**/api/v1/losses*', async (route) => {
      await asked;
      await route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' });
    });
    await open(page, 'lossless?ns=shop');
    await page.locator('main').getByRole('status', { name: 'Loading' }).waitFor();
    answers.go();
    const alert = page.getByRole('alert');
    await alert.getByText('This could not be read').waitFor();
    expect(await alert.textContent()).not.toMatch(/<h1>|SyntaxError|undefined|\[object/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.unroute('**/api/v1/losses*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Outside of rollouts').waitFor();
    await page.route('**/api/v1/events*', (route) => route.abort());
    await open(page, 'lossless?ns=shop');
    await page.getByText('connection lost, trying again').waitFor();
    await page.unroute('**/api/v1/events*');
    await page.getByText('live', { exact: true }).waitFor();
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  it('undoes a change from the audit page', async () => {
    await fleet.client.apply([laneOf('undone', { strict: true })]);
    await fleet.client.apply([laneOf('undone', { strict: false })]);
    const page = await signedIn();
    await open(page, 'audit');
    const change = page.getByRole('row').filter({ hasText: 'shop/Lane/undone' }).first();
    await change.getByRole('button', { name: 'Changes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go back to revision' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const address = { namespace: 'shop', kind: 'Lane', name: 'undone' } as const;
    expect((await fleet.client.get(address)).resource.spec).toEqual({ strict: true });
    await fleet.client.delete(address);
    await page.context().close();
  });

  it('makes a token, whose secret is shown once and works, and revokes it', async () => {
    const page = await signedIn();
    await open(page, 'settings');
    await page
      .getByRole('form', { name: 'New token' })
      .getByRole('textbox', { name: 'Name', exact: true })
      .fill('for the pipeline');
    await page.getByRole('button', { name: 'New token' }).click();
    const token = (await page.getByRole('status').locator('code').textContent()) ?? '';
    const { server } = fleet.controlPlane;
    await createClient({ server, token }).namespaces();
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'for the pipeline' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    expect(await page.getByText(token).count()).toBe(0);
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.waitFor({ state: 'detached' });
    await expect(createClient({ server, token }).namespaces()).rejects.toMatchObject({
      code: 'FAIRWAY_UNAUTHENTICATED',
    });
    await page.context().close();
  });

  it(
    'makes a user, who signs in with the password, may do what the role allows, and signs out',
    async () => {
      const page = await signedIn();
      await open(page, 'settings');
      const form = page.getByRole('form', { name: 'New user' });
      await form.getByRole('textbox', { name: 'Name', exact: true }).fill('anna');
      await form.locator('input[type=password]').fill('correct horse battery');
      await form.getByRole('button', { name: 'New user' }).click();
      await page.getByRole('table', { name: 'Users' }).getByRole('row').filter({ hasText: 'anna' }).waitFor();
      if (SCREENSHOTS) await photograph(page, 'settings', 'light');
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.context().close();

      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      const hers = await context.newPage();
      await hers.goto(`${fleet.controlPlane.server}/console/`);
      await hers.getByText('Password', { exact: true }).click();
      const fill = async (password: string) => {
        await hers.getByLabel('Name').fill('anna');
        await hers.locator('input[type=password]').fill(password);
        await hers.locator('button[type=submit]').click();
      };
      await fill('wrong password!');
      await hers.getByRole('alert').getByText('the name or the password is not right').waitFor();
      expect(await accessibilityProblems(hers)).toEqual([]);
      await fill('correct horse battery');
      await hers.locator('nav').waitFor();
      // The session is of the browser: it is there after a reload, and scripts cannot read it.
      await hers.reload();
      await hers.locator('nav').waitFor();
      expect(await hers.evaluate('document.cookie + JSON.stringify(sessionStorage)')).toBe('{}');
      await open(hers, 'lanes?ns=shop&edit=new');
      await hers.getByRole('textbox', { name: 'Name' }).fill('hers');
      await hers.getByRole('button', { name: 'Save' }).click();
      await hers.getByRole('alert').getByText('a token of role viewer may not do this').waitFor();
      await hers.getByRole('button', { name: 'Sign out' }).click();
      await hers.locator('input[type=password]').waitFor();
      await hers.reload();
      await hers.locator('input[type=password]').waitFor();
      await context.close();
      await fleet.client.removeUser('anna');
    },
    MINUTE_MS,
  );

  it(
    'keeps a change in a protected namespace until a second person approves it',
    async () => {
      const { token } = await fleet.client.createToken({ name: 'ben', role: 'admin' });
      const ben = createClient({ server: fleet.controlPlane.server, token });
      const shop = {
        apiVersion: 'fairway.dev/v1',
        kind: 'Namespace',
        metadata: { name: 'shop' },
        spec: { protected: true },
      };
      await fleet.client.apply([shop as Resource]);
      const page = await signedIn();
      await open(page, 'lanes?ns=shop&edit=new');
      await page.getByRole('textbox', { name: 'Name' }).fill('later');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('status').getByText('somebody else makes this so').waitFor();
      await page.context().close();

      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      const his = await context.newPage();
      await his.goto(`${fleet.controlPlane.server}/console/audit`);
      await his.locator('input[type=password]').fill(token);
      await his.locator('button[type=submit]').click();
      const waiting = his.getByRole('table', { name: 'Changes that wait for a second person' });
      await waiting.getByRole('row').filter({ hasText: 'shop/Lane/later' }).waitFor();
      expect(await accessibilityProblems(his)).toEqual([]);
      await waiting.getByRole('button', { name: 'Approve' }).click();
      await his.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await waiting.waitFor({ state: 'detached' });
      await context.close();
      const later = await fleet.client.get({ namespace: 'shop', kind: 'Lane', name: 'later' });
      expect(later.author).toBe('admin, approved by ben');
      for (const lift of [shop.metadata, { ...later.resource.metadata }]) {
        const kind = lift.name === 'shop' ? 'Namespace' : 'Lane';
        const { request = '' } = await fleet.client.delete({ namespace: 'shop', kind, name: lift.name });
        if (request) await ben.approveRequest(request);
      }
    },
    MINUTE_MS,
  );

  it('takes a flame graph of an instance', async () => {
    const page = await signedIn();
    await open(page, 'services/shop/order');
    await page.getByRole('link', { name: 'order-gray-1' }).click();
    await page.getByLabel('Seconds').fill('2');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    const flames = page.getByRole('region', { name: 'Flame graph' });
    await flames.getByRole('button').first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    if (SCREENSHOTS) await photograph(page, 'diagnosis', 'light');
    const whole = await flames.getByRole('button').count();
    await flames.getByRole('button').nth(1).click();
    expect(await flames.getByRole('button').count()).toBeLessThanOrEqual(whole);
    await page.getByRole('button', { name: 'Whole profile' }).click();
    expect(page.url()).toMatch(/diagnosis\/order-gray-1\?id=/);
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  it('follows one request through all services', async () => {
    const page = await signedIn();
    await open(page, 'traces');
    await page.getByRole('button', { name: 'Follow a request' }).click();
    const [name = '', value = ''] = ((await page.locator('pre').textContent()) ?? '').split(': ');
    const { host, port } = fleet.entries.http;
    await fetch(`http://${host}:${port}/home?id=followed`, { headers: { [name]: value } });
    await page.getByRole('link', { name: 'What became of it' }).click();
    const hop = page.getByRole('button', { name: 'shop/warehouse' }).first();
    await hop.click();
    await page
      .getByText(/✓ base|✓ label|✓ lane/)
      .first()
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    if (SCREENSHOTS) await photograph(page, 'trace', 'light');
    expect(page.faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    { locale: 'en-US', colorScheme: 'light' },
    { locale: 'zh-CN', colorScheme: 'dark' },
  ] as const)(
    'can be used by all: $locale, $colorScheme',
    async (look) => {
      if (SCREENSHOTS) await fleet.roll('order');
      const page = await signedIn(look);
      for (const path of PAGES) {
        await open(page, path);
        await page.locator('main [role=status]').first().waitFor({ state: 'detached' });
        expect(await accessibilityProblems(page), path).toEqual([]);
        if (SCREENSHOTS) await photograph(page, path, look.colorScheme);
      }
      expect(page.faults).toEqual([]);
      await page.context().close();
    },
    SCREENSHOTS ? 5 * MINUTE_MS : MINUTE_MS,
  );
});

/** A picture of a page as it is after some seconds of traffic. */
async function photograph(page: Page, path: string, scheme: string): Promise<void> {
  const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url));
  mkdirSync(folder, { recursive: true });
  await page.waitForTimeout(8_000);
  await page.screenshot({ path: `${folder}/${path.replaceAll('/', '-') || 'overview'}-${scheme}.png` });
}
