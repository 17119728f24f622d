// Writes the table of clients in docs/compatibility.md from what the tests proved: COMPATIBILITY_FACTS names the folder of their facts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CLIENT_TABLE, renderClients } from '../packages/agent/test/compatibility-table.ts';
import type { Fact } from '../packages/agent/test/variant.ts';

const folder = process.env['COMPATIBILITY_FACTS'];
if (!folder) throw new Error('COMPATIBILITY_FACTS must name the folder that the tests wrote their facts to');
const facts = readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Fact);
const file = new URL('../docs/compatibility.md', import.meta.url);
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(CLIENT_TABLE, () => renderClients(facts)),
);
