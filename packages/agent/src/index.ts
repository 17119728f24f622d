export { AGENT_FILE, bundleAgent, bundleEntry, ensureAgentBundle } from './bundle.ts';
export { PASS_REASONS, type PassReason } from './govern/pass.ts';
export { isTool } from './guard.ts';
export { AGENT_VERSION } from './link/registration.ts';
export { type Options, readOptions } from './option.ts';
export { unpackedEnvironment } from './pm2.ts';
