/** What a token allows: everything; reading the API; the agent link of one namespace. */
export type Role = 'admin' | 'reader' | 'agent';
export const ROLES: readonly Role[] = ['admin', 'reader', 'agent'];
