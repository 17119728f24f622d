export { adminTokenFile } from './admin-token.ts';
export type { HttpLimits } from './http/app.ts';
export type { LogOptions } from './http/log-option.ts';
export type { ServerOptions } from './option.ts';
export { type RunningServer, startServer } from './start-server.ts';
export { restoreStore } from './store/open-store.ts';
export type { Role } from './token/role.ts';
