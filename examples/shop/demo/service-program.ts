import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SHOP = fileURLToPath(new URL('..', import.meta.url));

/** The services of the shop. */
export type ServiceName = 'storefront' | 'order' | 'payment' | 'warehouse' | 'datacenter' | 'device';

/** Service -> the file that Node.js runs. The warehouse's is made by {@link buildWarehouse}. */
export const PROGRAMS: Readonly<Record<ServiceName, string>> = {
  storefront: `${SHOP}service/storefront/main.cjs`,
  order: `${SHOP}service/order/main.mjs`,
  payment: `${SHOP}service/payment/main.mjs`,
  warehouse: `${SHOP}dist/warehouse.mjs`,
  datacenter: `${SHOP}service/datacenter/main.cjs`,
  device: `${SHOP}service/device/main.cjs`,
};

/** Compiles the warehouse, whose decorators Node.js does not run from source. */
export async function buildWarehouse(): Promise<void> {
  await build({
    entryPoints: [`${SHOP}service/warehouse/main.ts`],
    outfile: PROGRAMS.warehouse,
    bundle: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    logLevel: 'error',
  });
}
