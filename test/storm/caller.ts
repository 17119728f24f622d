// A caller in a process of its own, which knows the address of a service and nothing else: `caller.ts HOST REQUESTS_A_SECOND`. Prints a line
// of JSON for each failure, and at SIGTERM its counts and how long its requests took, in the order of their ends.
import { createStormClient, PROTOCOLS } from './client.ts';
import { runFlows } from './load.ts';

const [host = '', perSecond = '0'] = process.argv.slice(2);
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

const took: [sentMs: number, tookMs: number][] = [];
const clients = PROTOCOLS.map((protocol) => {
  const { send, close } = createStormClient(protocol, () => host);
  const onDone = (sentMs: number, tookMs: number) => took.push([sentMs, tookMs]);
  return { name: protocol, perSecond: Number(perSecond) / PROTOCOLS.length, send, close, onDone };
});
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
console.log('caller is up');
const counts = await runFlows(clients, ending.signal, (failure) => say({ failure }));
say({ counts, took });
for (const client of clients) client.close();
