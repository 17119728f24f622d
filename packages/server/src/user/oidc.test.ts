import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Testbed } from '../testbed.ts';
import { parseOidc } from './oidc.ts';

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  anna: ['staff', 'shop-operators'],
  root: ['fairway-admins'],
  eve: [],
};
const ROLES = [
  { claim: 'groups', value: 'fairway-admins', role: 'admin' },
  { claim: 'groups', value: 'shop-operators', role: 'operator', namespace: 'shop' },
];

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let provider: Server;
let issuer: string;
let publicUrl: string;
let port: number;
beforeAll(async () => {
  const providerPort = await freePort();
  port = await freePort();
  issuer = `http://127.0.0.1:${providerPort}`;
  publicUrl = `http://127.0.0.1:${port}`;
  const real = new Provider(issuer, {
    clients: [{ client_id: 'fairway', client_secret: 's3cret', redirect_uris: [`${publicUrl}/api/v1/oidc/callback`] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: [...(GROUPS[id] ?? [])] }),
    }),
    cookies: { keys: ['of a test'] },
  });
  provider = createServer(real.callback());
  await new Promise<void>((resolve) => provider.listen(providerPort, '127.0.0.1', resolve));
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});

const options = () => ({
  issuer,
  clientId: 'fairway',
  clientSecret: 's3cret',
  publicUrl,
  scopes: ['profile'],
  roles: ROLES,
});

/** A browser, as far as cookies, redirects and the provider's forms go. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async go(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        // Servers of these tests follow one another at one port.
        connection: 'close',
      },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  has(name: string): boolean {
    return this.#cookies.has(name);
  }

  /** Follows redirects and fills in forms until it is sent to a URL that is as wanted. */
  async until(url: string, login: string, isWanted: (url: string) => boolean): Promise<string> {
    let at = url;
    for (let step = 0; step < 20; step++) {
      if (isWanted(at)) return at;
      const response = await this.go(at);
      const location = response.headers.get('location') ?? (await this.#submit(response, at, login));
      at = new URL(location, at).href;
    }
    throw new Error(`the browser is still at ${at}`);
  }

  /** Fills in the form of a page; where that leads. */
  async #submit(page: Response, at: string, login: string): Promise<string> {
    const html = await page.text();
    const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
    const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(html) ?? [];
    const response = await this.go(new URL(action, at).href, { prompt, login, password: 'any' });
    return response.headers.get('location') ?? '';
  }
}

const isCallback = (url: string) => url.startsWith(`${publicUrl}/api/v1/oidc/callback`);

async function signIn(
  bed: Testbed,
  login: string,
): Promise<{ browser: Browser; response: Response; callback: string }> {
  const browser = new Browser();
  const callback = await browser.until(`${bed.url}/api/v1/oidc/login`, login, isCallback);
  return { browser, callback, response: await browser.go(callback) };
}

describe('an OpenID configuration', () => {
  it('is checked field by field, and never repeats its secret', () => {
    const wrong = (over: object) => {
      try {
        parseOidc({ ...options(), ...over });
      } catch (error) {
        return (error as { problems: object[] }).problems;
      }
      return [];
    };
    expect(wrong({})).toEqual([]);
    expect(wrong({ issuer: 'http://login.example' })).toMatchObject([{ path: 'issuer' }]);
    expect(wrong({ publicUrl: 'http://fairway.example' })).toMatchObject([{ path: 'publicUrl' }]);
    expect(wrong({ roles: [{ claim: 'groups', value: 'x', role: 'agent' }] })).toMatchObject([
      { path: 'roles[0].role' },
    ]);
    expect(JSON.stringify(wrong({ clientSecret: { hush: 1 } }))).not.toContain('hush');
  });
});

describe('somebody whom an OpenID provider knows', () => {
  it('signs in, and may do what their groups say', async () => {
    const bed = await serve({ port, oidc: options() });
    expect((await bed.call('GET', '/api/v1/session', undefined, { token: undefined })).body).toEqual({ oidc: true });
    const { browser, response } = await signIn(bed, 'anna');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/console/']);
    expect(browser.has('fairway_oidc')).toBe(false);
    const me = await (await browser.go(`${bed.url}/api/v1/me`)).json();
    expect(me).toMatchObject({ name: 'oidc:anna', role: 'operator', namespace: 'shop' });
    const admin = await signIn(bed, 'root');
    expect(await (await admin.browser.go(`${bed.url}/api/v1/me`)).json()).toMatchObject({
      role: 'admin',
      namespace: null,
    });
    const { items } = (await bed.call('GET', '/api/v1/users')).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(['oidc:anna', 'oidc:root']);
    // They have no password.
    for (const password of ['', 'any']) {
      const answer = await bed.call('POST', '/api/v1/session', { name: 'oidc:root', password }, { token: undefined });
      expect(answer.status).toBe(password === '' ? 400 : 401);
    }
  }, 30_000);

  it('may not sign in where no role is for them', async () => {
    const bed = await serve({ port, oidc: options() });
    const { response, browser } = await signIn(bed, 'eve');
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('no role is for them');
    expect(browser.has('fairway_session')).toBe(false);
  }, 30_000);

  it('is not signed in by a link of somebody else, nor twice by one', async () => {
    const bed = await serve({ port, oidc: options() });
    const thief = new Browser();
    const callback = await thief.until(`${bed.url}/api/v1/oidc/login`, 'root', isCallback);
    // Sent to somebody whose browser began nothing, or something else.
    const victim = new Browser();
    expect((await victim.go(callback)).status).toBe(401);
    await victim.go(`${bed.url}/api/v1/oidc/login`);
    expect((await victim.go(callback)).status).toBe(401);
    expect(victim.has('fairway_session')).toBe(false);
    const forged = new URL(callback);
    forged.searchParams.set('state', 'another');
    expect((await thief.go(forged.href)).status).toBe(401);
    // It was used up by the try.
    expect((await thief.go(callback)).status).toBe(401);
  }, 30_000);

  it('cannot sign in while the provider is away, and can once it is back', async () => {
    const away = await serve({ oidc: { ...options(), issuer: 'http://127.0.0.1:9' } });
    const answer = await away.call('GET', '/api/v1/oidc/login', undefined, { token: undefined });
    expect(answer).toMatchObject({ status: 502, body: { code: 'FAIRWAY_UNREACHABLE' } });
    const none = await serve();
    expect((await none.call('GET', '/api/v1/oidc/login', undefined, { token: undefined })).status).toBe(404);
    expect((await none.call('GET', '/api/v1/session', undefined, { token: undefined })).body).toEqual({ oidc: false });
  });
});
