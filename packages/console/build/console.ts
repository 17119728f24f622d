import { fileURLToPath } from 'node:url';

/** Where the console is built to: what the control plane serves. */
export const CONSOLE_DIR = fileURLToPath(new URL('../dist', import.meta.url));
