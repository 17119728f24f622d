import { UpdateForm as validate } from './generated/update.js';
import type { Update } from './wire.ts';

/** Whether a value has the form of an update of this version. For agents: small, fast, gives no reason. */
export function isUpdate(value: unknown): value is Update {
  return validate(value);
}
