// Signing in by an OpenID provider, in a real browser: the cookies of both sites behave as they do there.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureConsole } from '@fairway/console/build';
import { type ControlPlane, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { Provider } from 'oidc-provider';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MINUTE_MS = 60_000;

let dir: string;
let provider: Server;
let controlPlane: ControlPlane;
let browser: Browser;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fairway-sign-in-'));
  await ensureConsole();
  const [port, providerPort] = [await freePort(), await freePort()];
  // Two names of this machine are two sites to a browser.
  const issuer = `http://localhost:${providerPort}`;
  const publicUrl = `http://127.0.0.1:${port}`;
  const real = new Provider(issuer, {
    clients: [{ client_id: 'fairway', client_secret: 's3cret', redirect_uris: [`${publicUrl}/api/v1/oidc/callback`] }],
    claims: { openid: ['sub'], profile: ['groups'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, groups: ['staff'] }) }),
    cookies: { keys: ['of a test'] },
  });
  provider = createServer(real.callback());
  await new Promise<void>((resolve) => provider.listen(providerPort, resolve));
  const roles = [{ claim: 'groups', value: 'staff', role: 'viewer' }];
  const oidc = { issuer, clientId: 'fairway', clientSecret: 's3cret', publicUrl, scopes: ['profile'], roles };
  await writeFile(join(dir, 'oidc.json'), JSON.stringify(oidc));
  controlPlane = await startControlPlane(join(dir, 'data'), port, ['--oidc', join(dir, 'oidc.json')]);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 2 * MINUTE_MS);
afterAll(async () => {
  await browser?.close();
  await controlPlane?.stop();
  provider?.closeAllConnections();
  provider?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

it(
  'leads to the provider and back, and stays signed in after a reload',
  async () => {
    const page = await browser.newPage();
    await page.goto(`${controlPlane.server}/console/`);
    await page.getByRole('link', { name: 'Sign in with OpenID' }).click();
    await page.locator('input[name=login]').fill('anna');
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${controlPlane.server}/console/`);
    await page.locator('nav').waitFor();
    await page.reload();
    await page.locator('nav').waitFor();
    const me = await page.evaluate("fetch('/api/v1/me').then((answer) => answer.json())");
    expect(me).toMatchObject({ name: 'oidc:anna', role: 'viewer' });
    // What another site can make this browser send does nothing.
    const forged = "fetch('/api/v1/session', { method: 'DELETE' }).then(({ status }) => status)";
    expect(await page.evaluate(forged)).toBe(403);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in with OpenID' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Sign in with OpenID' }).waitFor();
    await page.close();
  },
  MINUTE_MS,
);
