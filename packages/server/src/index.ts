export { adminTokenFile } from './admin-token.ts';
export type { HttpLimits } from './http/app.ts';
export type { LogOptions, ServerOptions } from './option.ts';
export { type RunningServer, startServer } from './start-server.ts';
export type { Role } from './token/token.ts';
