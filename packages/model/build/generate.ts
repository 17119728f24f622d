// Writes what is made from the schemas: standalone validators and the JSON Schema. `--check` compares instead.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';
import { jsonSchema, VALIDATED } from '../src/schema.ts';

const standalone = standaloneModule.default;
const out = new URL('../src/generated/', import.meta.url);
const schema = JSON.parse(JSON.stringify(jsonSchema())) as { $id: string };

/** Source of an ES module that exports a validator for each name. `verbose`: with what was found, for errors to people. */
function validatorSource(names: readonly string[], verbose: boolean): string {
  const ajv = new Ajv2020({
    allErrors: verbose,
    verbose,
    messages: verbose,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    discriminator: true,
    code: { source: true, esm: true },
  });
  ajv.addSchema(schema);
  const exported = Object.fromEntries(names.map((name) => [name, `${schema.$id}#/$defs/${name}`]));
  const bundled = buildSync({
    stdin: { contents: standalone(ajv, exported), resolveDir: new URL('.', import.meta.url).pathname, loader: 'js' },
    bundle: true,
    format: 'esm',
    target: 'node16',
    write: false,
    minify: true,
    legalComments: 'none',
  });
  return `// Generated from the schemas by build/generate.ts: do not edit.\n${bundled.outputFiles[0]?.text}`;
}

function declarations(names: readonly string[]): string {
  const lines = names.map((name) => `export declare const ${name}: (value: unknown) => boolean;`);
  return `// Generated from the schemas by build/generate.ts: do not edit.\n${lines.join('\n')}\n`;
}

const files: Record<string, string> = {
  'validators.js': validatorSource(VALIDATED, true),
  'validators.d.ts': declarations(VALIDATED),
  // What an agent must check, alone and small: it says yes or no.
  'update.js': validatorSource(['UpdateForm'], false),
  'update.d.ts': declarations(['UpdateForm']),
  'schema.json': `${JSON.stringify(schema, null, 2)}
`,
};

mkdirSync(out, { recursive: true });
let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, out);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    console.log(`wrote ${name} (${text.length} bytes)`);
  } else if (readFileSync(file, 'utf8') !== text) {
    stale++;
    console.error(`${name} is out of date: run npm run generate`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;
