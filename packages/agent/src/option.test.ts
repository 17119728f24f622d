import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Options, readOptions } from './option.ts';

const server = { FAIRWAY_SERVER: 'http://plane:7400' };

describe('options', () => {
  it('have defaults for all but the server', () => {
    const options = readOptions(server) as Options;
    expect(options).toMatchObject({ namespace: 'default', lane: '', labels: {}, log: 'off', firstCallWaitMs: 300 });
    expect(options).toMatchObject({ budgetUs: 500, budgetBytes: 64 * 2 ** 20 });
    expect(options.token()).toBe('');
  });

  it.each([
    [{}, 'FAIRWAY_SERVER is not set'],
    [{ FAIRWAY_SERVER: 'plane:7400' }, 'FAIRWAY_SERVER is not'],
    [{ FAIRWAY_SERVER: 'http://plane:7400,plane:7401' }, 'FAIRWAY_SERVER is not'],
    [{ ...server, FAIRWAY_DISABLE: 'http,all' }, 'FAIRWAY_DISABLE is all'],
    [{ ...server, FAIRWAY_LANE: 'Gray!' }, 'FAIRWAY_LANE is not'],
    [{ ...server, FAIRWAY_NAMESPACE: 'a/b' }, 'FAIRWAY_NAMESPACE is not'],
    [{ ...server, FAIRWAY_INSTANCE: '-' }, 'FAIRWAY_INSTANCE is not'],
  ])('keep the agent asleep: %j', (env, why) => {
    expect(readOptions(env)).toMatch(why);
  });

  it.each([
    [{ FAIRWAY_LANE: 'base' }, { lane: '' }],
    [{ FAIRWAY_SERVER: 'http://a:7400, https://b/' }, { servers: [new URL('http://a:7400'), new URL('https://b')] }],
    [{ FAIRWAY_LABELS: 'tier=1, team = blue ,bad,=x' }, { labels: { tier: '1', 'team ': ' blue' } }],
    [{ FAIRWAY_FIRST_CALL_WAIT_MS: '1e9' }, { firstCallWaitMs: 10_000 }],
    [{ FAIRWAY_FIRST_CALL_WAIT_MS: 'soon' }, { firstCallWaitMs: 300 }],
    [
      { FAIRWAY_BUDGET_US: '0.5', FAIRWAY_BUDGET_MB: '2' },
      { budgetUs: 0.5, budgetBytes: 2 * 2 ** 20 },
    ],
    [
      { FAIRWAY_BUDGET_US: '0', FAIRWAY_BUDGET_MB: '0' },
      { budgetUs: Infinity, budgetBytes: Infinity },
    ],
    [
      { FAIRWAY_BUDGET_US: 'much', FAIRWAY_BUDGET_MB: '-1' },
      { budgetUs: 500, budgetBytes: 64 * 2 ** 20 },
    ],
    [{ FAIRWAY_DISABLE: 'http, undici' }, { disabled: new Set(['http', 'undici']) }],
    [{ FAIRWAY_ADMIN_HOST: '0.0.0.0' }, { admin: undefined }],
    [{ FAIRWAY_ADMIN_PORT: '0x' }, { admin: undefined }],
    [{ FAIRWAY_ADMIN_PORT: '7401' }, { admin: { host: '127.0.0.1', port: 7401 } }],
    [{ FAIRWAY_LOG: 'loud' }, { log: 'off' }],
  ])('read %j', (env, expected) => {
    expect(readOptions({ ...server, ...env })).toMatchObject(expected);
  });

  it('read the token from its file each time', () => {
    const file = `${tmpdir()}/fairway-token-${process.pid}`;
    const { token } = readOptions({ ...server, FAIRWAY_TOKEN_FILE: file }) as Options;
    for (const text of ['one', 'two']) {
      writeFileSync(file, `${text}\n`);
      expect(token()).toBe(text);
    }
  });
});
