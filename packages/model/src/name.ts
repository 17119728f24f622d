import { Type } from 'typebox';

/** A DNS label: what a lane, a namespace or a resource may be called. At most 63 characters of `[a-z0-9-]`. */
export const LABEL_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$';

/** The name of a lane, a namespace or a resource. */
export const Label = Type.String({
  pattern: LABEL_PATTERN,
  description: 'a name of 1 to 63 characters of a-z, 0-9 and -',
});

/** A service as written by people: `name` (in the namespace of the resource) or `namespace/name`. */
export const ServiceRef = Type.String({
  pattern: '^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/)?[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$',
  description: 'a service: name, or namespace/name',
});

/** A service of the namespace at hand, by its name alone. */
export const ServiceName = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$',
  description: 'the name of a service, without its namespace',
});

/** A service in full: `namespace/name`. */
export const ServiceKey = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$',
  description: 'a service: namespace/name',
});

/** The name of an HTTP header. Compared without regard to case. */
export const HeaderName = Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$", description: 'a header name' });

/** An object that refuses keys it does not know. */
export const closed = { additionalProperties: false } as const;
