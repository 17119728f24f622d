// Builds the file that applications load, and says how large it is.
import { statSync } from 'node:fs';
import { AGENT_FILE, bundleAgent } from '@fairway/agent';

await bundleAgent();
console.log(`wrote dist/fairway-agent.cjs (${statSync(AGENT_FILE).size} bytes)`);
