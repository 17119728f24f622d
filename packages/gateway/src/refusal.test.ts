import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Condition } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderNginx } from './render/render-nginx.ts';
import { type Bed, entry, lane, makeBed } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

describe('what NGINX cannot decide exactly is refused, by name', () => {
  it.each<[string, Condition, RegExp]>([
    ['mod', { header: 'x-id', mod: { divisor: 100, below: 5 } }, /Lane gray: spec\.entry\[0\]\.match\.mod/],
    ['range', { all: [{ query: 'n', range: [1, 2] }] }, /spec\.entry\[0\]\.match\.all\[0\]\.range/],
    ['a regex on a query parameter', { query: 'n', regex: 'a.*' }, /match\.regex.*cannot decode/],
    ['a regex that PCRE reads otherwise', { header: 'x', regex: '\\pL+' }, /match\.regex/],
    ['a text that is not ASCII', { header: 'x', not: { exact: 'ü' } }, /match\.exact.*printable ASCII/],
    ['a line break', { header: 'x', exact: 'a\nb' }, /match\.exact/],
    ['a header that NGINX has no variable for', { header: 'x!y', exists: true }, /x!y/],
  ])('%s', (_name, match, message) => {
    const render = () => renderNginx(bed.input([entry('gray', { match })]));
    expect(render).toThrow(message);
    expect(render).toThrow(expect.objectContaining({ code: 'FAIRWAY_GATEWAY_REFUSED' }));
  });

  it('but not in rules that name another gateway', () => {
    const elsewhere = lane('gray', {
      entry: [{ services: ['web'], match: { header: 'x', mod: { divisor: 2, below: 1 } } }],
    });
    expect(() => renderNginx(bed.input([elsewhere]))).not.toThrow();
  });
});

it('a configuration that NGINX refuses leaves the one before in force, and says why', async () => {
  await bed.apply([]);
  const good = await readFile(join(bed.dir, 'nginx.conf'), 'utf8');
  const bad = { files: { 'nginx.conf': good.replace('http {', 'http {\nnonsense on;') } };
  await expect(bed.host.apply(bad)).rejects.toMatchObject({
    code: 'FAIRWAY_GATEWAY_REFUSED',
    message: expect.stringContaining('unknown directive "nonsense"'),
  });
  expect(await readFile(join(bed.dir, 'nginx.conf'), 'utf8')).toBe(good);
  expect(await bed.send({})).toMatchObject({ status: 200, instance: 'base' });
});
