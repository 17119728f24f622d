import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, makeBed } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

const signIn = async (name: string, password: string) => {
  const body = JSON.stringify({ name, password });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${bed.url}/api/v1/session`, { method: 'POST', headers, body })).status;
};

it('people are made, changed and removed, each password shown once', async () => {
  const made = await bed.fairway(['user', 'create', 'anna', '--role', 'operator', '-n', 'shop']);
  expect(made).toMatchObject({ status: 0, err: 'the password of anna: it is not shown again\n' });
  expect(await signIn('anna', made.out.trim())).toBe(200);
  expect(await bed.fairway(['user', 'create', 'ben', '--password-stdin'], 'a password of ben\n')).toMatchObject({
    status: 0,
    out: 'user ben\n',
  });
  expect(await signIn('ben', 'a password of ben')).toBe(200);
  expect((await bed.fairway(['user', 'list'])).out).toMatch(/^anna +operator +shop +admin\nben +viewer +- +admin$/m);
  expect((await bed.fairway(['user', 'change', 'anna', '--role', 'admin', '--all-namespaces'])).out).toBe(
    'user anna: admin\n',
  );
  const fresh = await bed.fairway(['user', 'password', 'anna', '--json']);
  expect(await signIn('anna', JSON.parse(fresh.out).password)).toBe(200);
  expect(await signIn('anna', made.out.trim())).toBe(401);
  expect((await bed.fairway(['user', 'remove', 'ben'])).out).toBe('user ben removed\n');
  expect(await bed.fairway(['user', 'remove', 'ben'])).toMatchObject({ status: 4 });
});

it.each([
  [['create', 'eve', '--role', 'king'], '', '--role: found "king"'],
  [['create', 'eve', '--password-stdin'], '', 'expected the password'],
  [['create', 'eve', '--password-stdin'], 'short', 'password: found something else, expected 12 to 256 characters'],
])('user %j is refused with what is wrong', async (words, input, said) => {
  const done = await bed.fairway(['user', ...words], input);
  expect(done.status).toBe(2);
  expect(done.err).toContain(said);
});
