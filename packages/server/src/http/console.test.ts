import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve, type Testbed, temporaryFolder } from '../testbed.ts';

const INDEX = '<!doctype html><title>Fairway</title>';

function aConsole(): string {
  const folder = join(temporaryFolder(), 'site');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, '../secret.txt'), 'secret');
  writeFileSync(join(folder, 'index.html'), INDEX);
  writeFileSync(join(folder, 'assets/app-1a2b.js'), 'start()');
  return folder;
}

/** A path as it is written: `fetch` would tidy it. */
function asked(bed: Testbed, path: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request({ port: new URL(bed.url).port, host: '127.0.0.1', path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the console', () => {
  it('is where a browser that comes by is sent', async () => {
    const bed = await serve({ consoleDir: aConsole() });
    const answer = await fetch(bed.url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/console/']);
  });

  it.each(['', 'index.html', 'lanes', 'services/shop/order?ns=shop'])(
    'shows its index at %j, never cached',
    async (path) => {
      const bed = await serve({ consoleDir: aConsole() });
      const answer = await fetch(`${bed.url}/console/${path}`);
      expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([
        200,
        'no-cache',
        INDEX,
      ]);
    },
  );

  it('serves hashed files for good, and not those that are not there', async () => {
    const bed = await serve({ consoleDir: aConsole() });
    const there = await fetch(`${bed.url}/console/assets/app-1a2b.js`);
    expect([there.headers.get('content-type'), await there.text()]).toEqual([
      'text/javascript; charset=utf-8',
      'start()',
    ]);
    expect(there.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${bed.url}/console/assets/app-0000.js`)).status).toBe(404);
  });

  it('runs no script but its own, in nobody else’s frame', async () => {
    const bed = await serve({ consoleDir: aConsole() });
    const { headers } = await fetch(`${bed.url}/console/`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    '../secret.txt',
    '..%2fsecret.txt',
    'assets/../../secret.txt',
    'assets/..%2f..%2fsecret.txt',
    '%2e%2e/secret.txt',
  ])('gives no file from outside of it: %s', async (path) => {
    const bed = await serve({ consoleDir: aConsole() });
    expect((await asked(bed, `/console/${path}`)).text).not.toBe('secret');
  });

  it('says so when it was not built', async () => {
    const bed = await serve();
    const answer = await fetch(`${bed.url}/console/`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('make setup');
  });
});
