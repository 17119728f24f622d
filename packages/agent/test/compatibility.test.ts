import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NODE_VERSIONS } from './application.ts';
import { CLIENT_TABLE, LETTERS, renderClients } from './compatibility-table.ts';
import { clientsOn, rpcClientsOn, VARIANTS } from './variant.ts';

const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

it('says of each client, version and way of building what the tests prove', () => {
  const facts = NODE_VERSIONS.flatMap(({ version }) =>
    VARIANTS.map((variant) => ({ version, variant, ways: [...clientsOn(version), ...rpcClientsOn(version)] })),
  );
  expect(page.match(CLIENT_TABLE)?.[0]).toBe(renderClients(facts));
});

it('explains its letters', () => {
  for (const variant of VARIANTS) expect(page).toContain(`**${LETTERS[variant]}**`);
});
