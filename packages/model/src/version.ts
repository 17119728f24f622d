/** Version of the resources that people write. */
export const API_VERSION = 'fairway.dev/v1';

/** Version of the link. A message of another version is refused by the server and ignored by the agent. */
export const WIRE_VERSION = 1;
