import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Condition, checkResource } from '@fairway/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConfiguration } from './nginx/program.ts';
import { renderNginx } from './render/render-nginx.ts';
import { type Bed, entry, makeBed } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

describe('no text of a resource can end a parameter, expand a variable or add a directive', () => {
  const nasty = fc.string({ unit: fc.constantFrom(...'$"\\\';{}()[]|~*#% \tab=,:/'), minLength: 1, maxLength: 24 });
  const text = fc.oneof(
    nasty,
    fc.string({ maxLength: 24 }),
    fc.constantFrom('";}evil;', '$uid', '$' + '{uid}', '\\"; return 200;', '\\', '"'),
  );
  const name = fc.constantFrom('x-a', 'x_b');

  /** Directives and block openings, outside quotes: what the structure of a configuration is. */
  function skeleton(conf: string): string {
    return conf.replace(/"(?:[^"\\]|\\.)*"/gs, '""');
  }

  it('in conditions, salts, cookie and query names', async () => {
    const file = join(bed.dir, 'property.conf');
    await fc.assert(
      fc.asyncProperty(text, text, text, name, async (value, salt, named, header) => {
        const match = (v: string, n: string): Condition => ({
          any: [
            { header, exact: v },
            { header, in: [v, 'b'] },
            { cookie: n, prefix: v },
            { path: { suffix: v } },
            { host: { exact: v } },
          ],
        });
        const rule = (v: string, s: string, n: string) =>
          entry('gray', { id: s, match: match(v, n), percent: 5, stickyBy: { query: n } });
        const resource = rule(value, salt || 'x', named || 'x');
        if (checkResource(resource).length > 0) return;
        let conf: string;
        try {
          conf = renderNginx(bed.input([resource])).files['nginx.conf'] ?? '';
        } catch (error) {
          expect(error).toMatchObject({ code: 'FAIRWAY_GATEWAY_REFUSED' });
          return;
        }
        const plain = renderNginx(bed.input([rule('a', 's', 'n')])).files['nginx.conf'] ?? '';
        expect(skeleton(conf)).toBe(skeleton(plain));
        const variables = (one: string) => new Set(one.match(/\$\{?[A-Za-z_]\w*/g)?.filter((v) => !/fw_\d/.test(v)));
        expect([...variables(conf)].filter((v) => !variables(plain).has(v) && v !== '$' + '{fw_dollar')).toEqual([]);
        await writeFile(file, conf);
        expect(await testConfiguration(bed.program, bed.dir, file)).toBeUndefined();
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    );
  });
});
