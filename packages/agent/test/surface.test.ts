import { ensureAgentBundle } from '@fairway/agent';
import { beforeAll, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, run } from './application.ts';

/** An `emit` that was inherited and is a property of its own now. */
const OWN_EMIT = /\.emit(?:\.(?:name|length))?$/;
/** Methods of sessions, which the class inherits without the agent, and the getter that says whether one is connected. */
const OWN_OF_SESSIONS =
  /^http2 client session\^0\.(?:connecting|settings|setLocalWindowSize|ping|ref|unref|destroy)(?:\.|$)/;
/** A method of streams that their class inherits without the agent. */
const OWN_OF_STREAMS = /^http2 (?:client )?stream\^1\.destroy(?:\.|$)/;
const OWN = [OWN_EMIT, OWN_OF_SESSIONS, OWN_OF_STREAMS];

beforeAll(async () => {
  await ensureAgentBundle();
});

type Surface = Readonly<Record<string, string>>;

it.each(NODE_VERSIONS)(
  'Node.js $version: what an application can see of the core and of undici is as without the agent',
  async ({ node, undici }) => {
    const copy = undici === 'undici7' ? 'undici' : undici;
    const surface = async (environment: Record<string, string | undefined>): Promise<Surface> => {
      const { stdout, stderr, code } = await run(node, ['surface.cjs'], { ...environment, UNDICI: copy });
      expect([stderr, code]).toEqual(['', 0]);
      return JSON.parse(stdout);
    };
    const alone = await surface({});
    const guest = await surface(agentEnvironment({ url: 'http://127.0.0.1:1', token: '' }));
    expect(Object.keys(alone).length).toBeGreaterThan(5_000);
    const changed = Object.keys(alone).filter((key) => alone[key] !== guest[key]);
    expect(changed).toEqual(['listeners']);
    expect(guest['listeners']).toBe(`${alone['listeners']}, worker 1`);
    const added = Object.keys(guest).filter((key) => !(key in alone));
    expect(added.filter((key) => !OWN.some((own) => own.test(key)))).toEqual(['globalThis.[fairway.agent]']);
    const emits = added.filter((key) => key.endsWith('.emit'));
    expect(emits).toEqual(expect.arrayContaining(['http.Server.prototype.emit', 'http2 stream^0.emit']));
    for (const key of emits) expect([key, guest[key]]).toEqual([key, alone['events.prototype.emit']]);
  },
);

it.each(NODE_VERSIONS)(
  'Node.js $version: node:domain, loaded after the agent, catches what it does without',
  async ({ node }) => {
    const caught = async (environment: Record<string, string | undefined>) => {
      const { stdout, code } = await run(node, ['domain.cjs'], environment);
      expect(code).toBe(0);
      return stdout;
    };
    const alone = await caught({});
    expect(JSON.parse(alone)).toHaveLength(2);
    expect(await caught(agentEnvironment({ url: 'http://127.0.0.1:1', token: '' }))).toBe(alone);
  },
);
