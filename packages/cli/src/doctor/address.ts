import type { Client, LiveAgent } from '@fairway/client';
import { explain, hostPort, instancesOf, type ServiceTable, type View, viewOf } from '@fairway/core';
import { type Instance, namespaceOfService, type World } from '@fairway/model';
import { checkAgents } from './agent.ts';
import { type Finding, fine, note, problem, someOf } from './finding.ts';
import { PASSED } from './passed.ts';

/** From where an address is looked at: a namespace, or an instance, whose namespace is then the one. */
export interface Viewer {
  readonly namespace: string;
  readonly at?: string | undefined;
}

/** What the control plane knows, for one look. */
interface Sight {
  readonly world: World;
  readonly agents: ReadonlyMap<string, LiveAgent>;
}

/** What an address means to agents, who serves it, and whether calls to it are governed. */
export async function examineAddress(client: Client, url: URL, { namespace, at }: Viewer): Promise<Finding[]> {
  const [world, agents] = await Promise.all([client.world(), client.agents()]);
  const sight = { world, agents: new Map(agents.map((one) => [one.instance, one])) };
  const self = instancesOf(world).find(({ id }) => id === at);
  if (at !== undefined && !self) return [problem(`there is no instance ${at}`, 'see what there is: fairway instances')];
  const from = self ? namespaceOfService(self.service) : namespace;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return [
    ...examineMeaning(sight, viewOf(world, from), hostPort(host, port), from, host, port),
    ...(self ? examineCall(sight, self, url) : []),
  ];
}

function examineMeaning(
  sight: Sight,
  view: View,
  address: string,
  namespace: string,
  host: string,
  port: number,
): Finding[] {
  const meant = view.resolve(host, port);
  if (!meant) {
    const what = `${address}, dialled from namespace ${namespace}, means nothing that Fairway knows: calls go as dialled`;
    return [
      problem(
        what,
        `${likely(sight.world, host)}declare the name in spec.hosts of the Service, or start its instances under the agent`,
      ),
    ];
  }
  const { table } = meant;
  const told = fine(`${address}, dialled from namespace ${namespace}, means service ${table.key}, port ${meant.port}`);
  const serving = table.instances.filter(({ ports }) => ports.includes(meant.port));
  if (serving.length === 0) return [told, unserved(table, meant.port)];
  return [told, ...served(serving), ...behind(sight, serving)];
}

/** Services of that name in other namespaces. */
function likely(world: World, host: string): string {
  const [name] = host.split('.');
  const keys = new Set(instancesOf(world).map(({ service }) => service));
  const same = [...keys].filter((key) => key.endsWith(`/${name}`)).map((key) => key.split('/').reverse().join('.'));
  return same.length === 0 ? '' : `dial ${same.slice(0, 3).join(' or ')}; or `;
}

function unserved({ key, instances }: ServiceTable, port: number): Finding {
  const ports = [...new Set(instances.flatMap((one) => one.ports))].sort((a, b) => a - b);
  if (instances.length === 0)
    return problem(
      `${key} has no instance: calls go as dialled`,
      'start one: fairway run --service NAME -- node app.js',
    );
  return problem(
    `no instance of ${key} serves port ${port}, they serve ${ports.join(', ') || 'none'}: calls go as dialled`,
    `dial a port that they serve, or map it: spec.ports of the Service, {"${port}": ${ports[0] ?? 8080}}`,
  );
}

function served(serving: readonly Instance[]): Finding[] {
  const ready = serving.filter(({ state }) => state === 'ready');
  const lanes = [...new Set(ready.map(({ lane = '' }) => lane))].sort();
  const texts = lanes.map((lane) => {
    const ids = ready.filter((one) => (one.lane ?? '') === lane).map(({ id }) => id);
    return `in lane ${lane || 'base'}: ${someOf(ids)}`;
  });
  const others = serving.filter(({ state }) => state !== 'ready').map(({ id, state }) => `${id} (${state})`);
  return [
    ...(ready.length === 0
      ? [problem('no instance of it is ready: governed calls fail', 'see why: fairway instances')]
      : [fine(`ready ${texts.join('; ')}`)]),
    ...(others.length === 0 ? [] : [note(`not ready: ${someOf(others)}`, 'calls do not go there')]),
  ];
}

/** Whether the instances that are called are governed themselves. */
function behind({ agents }: Sight, serving: readonly Instance[]): Finding[] {
  const all = serving.map(({ id }) => agents.get(id));
  const known = all.filter((agent) => agent !== undefined);
  const away = known.filter(({ connected }) => !connected).map(({ instance }) => instance);
  const off = known.filter((agent) => agent.off).map(({ instance, off: what }) => `${instance} (by ${what})`);
  return [
    ...(away.length === 0
      ? []
      : [problem(`the agent is away at ${someOf(away)}`, 'see whether it runs and reaches the control plane')]),
    ...(off.length === 0
      ? []
      : [
          problem(
            `switched off, so that a lane ends there: ${someOf(off)}`,
            'turn it on: fairway instance, service or namespace on NAME',
          ),
        ]),
    ...checkAgents(known),
  ];
}

/** What would become of a call that the instance makes now, for no request. */
function examineCall({ world, agents }: Sight, self: Instance, url: URL): Finding[] {
  const agent = agents.get(self.id);
  const own = agent ? checkAgents([agent]) : [];
  if (!agent?.connected)
    own.push(problem(`the agent of ${self.id} is away: it goes on with what it last knew`, 'see whether it runs'));
  const { call } = explain(world, self.id, null, { url: url.href });
  if (!call) return own;
  if (call.error)
    return [
      ...own,
      problem(
        `a call from ${self.id} fails with ${call.error}: ${call.message}`,
        `ask why: fairway explain --at ${self.id} --no-request --call ${url.href}`,
      ),
    ];
  if (call.passed) {
    const { text, advice } = PASSED[call.passed];
    return [...own, problem(`a call from ${self.id} passes through (${call.passed}): ${text}`, advice)];
  }
  return [...own, fine(`a call from ${self.id} goes to ${someOf(call.eligible ?? [])} (${call.reason})`)];
}
