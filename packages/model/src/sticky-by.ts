import { type Static, Type } from 'typebox';
import { closed, HeaderName } from './name.ts';

const Name256 = Type.String({ minLength: 1, maxLength: 256 });

/** Which part of a request keeps a user on one side of a percentage: `clientIp`, or one named header, cookie or query parameter. */
export const StickyBy = Type.Union([
  Type.Literal('clientIp'),
  Type.Object({ header: HeaderName }, closed),
  Type.Object({ cookie: Name256 }, closed),
  Type.Object({ query: Name256 }, closed),
]);
export type StickyBy = Static<typeof StickyBy>;
