export { AGENT_FILE, bundleAgent, ensureAgentBundle } from './bundle.ts';
