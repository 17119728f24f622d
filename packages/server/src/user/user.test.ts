import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Answer, aLane, serve, type Testbed } from '../testbed.ts';
import { hashPassword, isPassword } from './password.ts';

const PASSWORD = 'correct horse battery';

const make = (bed: Testbed, over: object = {}) =>
  bed.call('POST', '/api/v1/users', { name: 'anna', role: 'operator', password: PASSWORD, ...over });
const signIn = (bed: Testbed, password = PASSWORD, name = 'anna', headers: Readonly<Record<string, string>> = {}) =>
  bed.call('POST', '/api/v1/session', { name, password }, { token: undefined, headers });

/** What a browser sends after a sign-in; `csrf` as our own pages do. */
function browser(bed: Testbed, answer: Answer, csrf: string | null = answer.body.csrf) {
  const cookie = String(answer.headers.get('set-cookie')).split(';')[0] ?? '';
  const headers = { cookie, ...(csrf === null ? {} : { 'x-fairway-csrf': csrf }) };
  return (method: string, path: string, body?: object) =>
    bed.call(method, `/api/v1/${path}`, body, { token: undefined, headers });
}

describe('a password', () => {
  it('is kept as a hash with a salt of its own, and found again', async () => {
    const [first, second] = [await hashPassword('päss wörd ok'), await hashPassword('päss wörd ok')];
    expect(first).not.toBe(second);
    expect(first).toMatch(/^scrypt\$32768\$8\$3\$/);
    expect(await isPassword('päss wörd ok', first)).toBe(true);
    expect(await isPassword('päss wörd ok'.normalize('NFD'), first)).toBe(true);
    expect(await isPassword('pass word ok', first)).toBe(false);
    expect(await isPassword('', undefined)).toBe(false);
  });
});

describe('somebody who signs in', () => {
  it('may do what the role allows, and signs it', async () => {
    const bed = await serve();
    expect((await make(bed)).body).toMatchObject({ name: 'anna', role: 'operator', namespace: null, author: 'admin' });
    const answer = await signIn(bed);
    expect(answer.body).toMatchObject({ name: 'anna', role: 'operator', namespace: null });
    const ask = browser(bed, answer);
    expect((await ask('GET', 'me')).body).toEqual(answer.body);
    expect((await ask('PUT', 'resources/shop/Lane/gray', aLane('gray'))).status).toBe(200);
    expect((await ask('GET', 'resources')).body.items).toMatchObject([{ author: 'anna' }]);
    expect((await ask('GET', 'tokens')).status).toBe(403);
    expect((await ask('DELETE', 'session')).status).toBe(204);
    expect((await ask('GET', 'me')).status).toBe(401);
  });

  it('gets a cookie that scripts cannot read and other sites cannot use', async () => {
    const bed = await serve();
    await make(bed);
    const cookie = (answer: Answer) => String(answer.headers.get('set-cookie'));
    expect(cookie(await signIn(bed))).toMatch(
      /^fairway_session=[\w-]{43}; Path=\/api; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie(await signIn(bed, PASSWORD, 'anna', { 'x-forwarded-proto': 'https' }))).toMatch(/; Secure$/);
  });

  it('is not made to change anything by another site', async () => {
    const bed = await serve();
    await make(bed);
    const answer = await signIn(bed);
    for (const csrf of [null, '', 'wrong', 'x'.repeat(43)]) {
      const ask = browser(bed, answer, csrf);
      expect((await ask('PUT', 'resources/shop/Lane/gray', aLane('gray'))).status).toBe(403);
      expect((await ask('DELETE', 'session')).status).toBe(403);
      expect((await ask('GET', 'resources')).body.items).toEqual([]);
    }
    // Another's session is no use either.
    const other = await signIn(bed);
    expect((await browser(bed, answer, other.body.csrf)('POST', 'apply', { resources: [] })).status).toBe(403);
  });

  it('does not take over a session that somebody else began', async () => {
    const bed = await serve();
    await make(bed);
    const planted = await signIn(bed);
    const cookie = String(planted.headers.get('set-cookie')).split(';')[0] ?? '';
    const answer = await signIn(bed, PASSWORD, 'anna', { cookie });
    expect(String(answer.headers.get('set-cookie'))).not.toContain(cookie);
    const made = await signIn(bed, PASSWORD, 'anna', { cookie: 'fairway_session=mine' });
    expect(String(made.headers.get('set-cookie'))).not.toContain('mine');
  });

  it('goes on after a restart, for half a day, and in twenty places at most', async () => {
    const first = await serve();
    await make(first);
    const answer = await signIn(first);
    await first.close();
    const bed = await serve({ dataDir: first.dataDir }, first.admin);
    expect((await browser(bed, answer)('GET', 'me')).status).toBe(200);
    for (let n = 0; n < 20; n++) await signIn(bed);
    expect((await browser(bed, answer)('GET', 'me')).status).toBe(401);
  }, 60_000);
});

describe('a wrong password', () => {
  it('tells nothing of who there is, and is slowed down', async () => {
    const bed = await serve();
    await make(bed);
    const wrong = await signIn(bed, 'wrong password!');
    const nobody = await signIn(bed, 'wrong password!', 'nobody');
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(wrong.body.detail).toBe(nobody.body.detail);
    let answer = wrong;
    for (let n = 0; n < 10 && answer.status === 401; n++) answer = await signIn(bed, `wrong password ${n}`);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    // The right one too: who guesses is not told when it was right.
    expect((await signIn(bed)).status).toBe(429);
  });

  it('and the right one never come into the log or an answer', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const bed = await serve({ log: { level: 'debug', stream } });
    await make(bed);
    const answer = await signIn(bed);
    await signIn(bed, 'wrong but secret');
    const secret = /fairway_session=([\w-]+)/.exec(String(answer.headers.get('set-cookie')))?.[1] ?? '';
    const told = JSON.stringify([
      (await bed.call('GET', '/api/v1/users')).body,
      (await bed.call('GET', '/api/v1/audit')).body,
    ]);
    await bed.close();
    for (const text of [PASSWORD, 'wrong but secret', secret, answer.body.csrf]) {
      expect(lines.join('')).not.toContain(text);
      expect(told).not.toContain(text);
    }
    expect(told).not.toContain('scrypt$');
  });
});

describe('users', () => {
  it('are made, changed and removed by admins; what changes ends their sessions', async () => {
    const bed = await serve();
    await make(bed);
    expect((await make(bed)).status).toBe(409);
    const problem = async (over: object) => (await make(bed, { name: 'ben', ...over })).body.problems[0].path;
    expect(await problem({ password: 'short' })).toBe('password');
    expect((await make(bed, { name: 'ben', password: 'hush' })).body.problems).toEqual([
      { path: 'password', found: 'something else', expected: '12 to 256 characters' },
    ]);
    expect(await problem({ role: 'agent' })).toBe('role');
    expect(await problem({ name: 'a b' })).toBe('name');

    const ask = browser(bed, await signIn(bed));
    expect((await bed.call('PUT', '/api/v1/users/anna', { role: 'viewer', namespace: 'shop' })).body).toMatchObject({
      role: 'viewer',
      namespace: 'shop',
    });
    expect((await ask('GET', 'me')).status).toBe(401);
    const again = browser(bed, await signIn(bed));
    expect((await again('GET', 'resources?namespace=bank')).status).toBe(403);
    expect((await bed.call('PUT', '/api/v1/users/anna', {})).status).toBe(400);
    expect((await bed.call('DELETE', '/api/v1/users/anna')).status).toBe(204);
    expect((await again('GET', 'me')).status).toBe(401);
    expect((await signIn(bed)).status).toBe(401);
    expect((await bed.call('DELETE', '/api/v1/users/anna')).status).toBe(404);
    const { items } = (await bed.call('GET', '/api/v1/audit')).body;
    expect(
      items.map(({ action, target }: { action: string; target: string }) => `${action} ${target}`).slice(0, 3),
    ).toEqual([
      'user-deleted user anna',
      'user-changed user anna (viewer of shop)',
      'user-created user anna (operator)',
    ]);
  });

  it('change their own password, which ends their other sessions', async () => {
    const bed = await serve();
    await make(bed);
    const [here, there] = [browser(bed, await signIn(bed)), browser(bed, await signIn(bed))];
    const change = (old: string, fresh: string) => here('PUT', 'me/password', { old, new: fresh });
    expect((await change('wrong', 'another password')).status).toBe(403);
    expect((await change(PASSWORD, 'short')).status).toBe(400);
    expect((await change(PASSWORD, 'another password')).status).toBe(204);
    expect([(await here('GET', 'me')).status, (await there('GET', 'me')).status]).toEqual([200, 401]);
    expect([(await signIn(bed)).status, (await signIn(bed, 'another password')).status]).toEqual([401, 200]);
    const byToken = await bed.call('PUT', '/api/v1/me/password', { old: PASSWORD, new: 'another password' });
    expect(byToken.status).toBe(403);
  });

  it('hear no more once they have signed out', async () => {
    const bed = await serve();
    await make(bed);
    const answer = await signIn(bed);
    const cookie = String(answer.headers.get('set-cookie')).split(';')[0] ?? '';
    const stream = await fetch(`${bed.url}/api/v1/events`, { headers: { cookie } });
    expect(stream.status).toBe(200);
    await browser(bed, answer)('DELETE', 'session');
    await stream.text();
  });
});
