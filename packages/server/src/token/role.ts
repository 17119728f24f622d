/**
 * What a token allows. `viewer`: to read the API; `operator`: also to change how traffic goes and to look into instances; `admin`:
 * also who may do what. Each of all namespaces or of one. `agent`: the agent link of one namespace.
 */
export type Role = 'viewer' | 'operator' | 'admin' | 'agent';
export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin', 'agent'];

/** Of people. */
export type PersonalRole = Exclude<Role, 'agent'>;
export const PERSONAL_ROLES: readonly PersonalRole[] = ['viewer', 'operator', 'admin'];
