import { API_VERSION, type Gateway, type Instance, type Resource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { renderNginx } from './render/render-nginx.ts';
import { lane } from './testing/bed.ts';

function instance(id: string, more: Partial<Instance> = {}): Instance {
  return { id, service: 'shop/web', host: `10.0.0.${id.length}`, ports: [80], state: 'ready', ...more };
}

function render(resources: readonly Resource[], instances: readonly Instance[], port?: number): string {
  const entry = { name: 'web', protocol: 'http', listen: '8080', service: 'web', ...(port ? { port } : {}) } as const;
  const gateway: Gateway = {
    apiVersion: API_VERSION,
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'shop' },
    spec: { type: 'nginx', edge: false, entries: [entry] },
  };
  const host = { dir: '/var/lib/fairway', workers: 1 };
  return renderNginx({ gateway, resources, instances, host }).files['nginx.conf'] ?? '';
}

/** Upstream name -> its servers. */
function upstreams(text: string): Record<string, string[]> {
  const blocks = [...text.matchAll(/^upstream (\S+) \{\n((?: {4}server .*\n)+)/gm)];
  return Object.fromEntries(
    blocks.map(([, name, body]) => [
      name,
      (body ?? '')
        .trim()
        .replaceAll('server ', '')
        .split(/;\n? */)
        .filter(Boolean),
    ]),
  );
}

/** Lane -> upstream, where it is another than base's. */
function lanePools(text: string): Record<string, string> {
  const lines = [...text.matchAll(/\\\\A([a-z0-9\\]+)\\\\z" "((?:fw_web_\w+)?)";/g)];
  return Object.fromEntries(lines.map(([, name, pool]) => [name, pool ?? '']));
}

describe('upstreams', () => {
  it('hold the ready instances of a lane; base never those of another', () => {
    const text = render(
      [lane('gray', {})],
      [
        instance('a'),
        instance('bb', { lane: 'gray' }),
        instance('ccc', { state: 'starting' }),
        instance('dddd', { state: 'draining' }),
        instance('eeeee', { service: 'shop/other' }),
      ],
    );
    expect(upstreams(text)).toEqual({ fw_web__base: ['10.0.0.1:80'], fw_web_gray: ['10.0.0.2:80'] });
    expect(lanePools(text)).toEqual({ gray: 'fw_web_gray' });
  });

  it('prefer those that are neither ejected nor suspect, and go by weight', () => {
    const text = render(
      [],
      [
        instance('a', { weight: 10 }),
        instance('bb', { weight: 30 }),
        instance('ccc', { weight: 0 }),
        instance('dddd', { suspect: true }),
        instance('eeeee', { ejected: true }),
      ],
    );
    expect(upstreams(text)).toEqual({ fw_web__base: ['10.0.0.1:80 weight=10', '10.0.0.2:80 weight=30'] });
    expect(upstreams(render([], [instance('a', { suspect: true })]))).toEqual({ fw_web__base: ['10.0.0.1:80'] });
  });

  it('weigh an instance by how warm it is, in tenths', () => {
    const weights = (readyForMs: number) =>
      upstreams(render([], [instance('a'), instance('bb', { readyForMs })])).fw_web__base;
    expect(weights(0)).toEqual(['10.0.0.1:80 weight=100', '10.0.0.2:80 weight=10']);
    expect(weights(30_000)).toEqual(['10.0.0.1:80 weight=100', '10.0.0.2:80 weight=30']);
    expect(weights(59_000)).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
    expect(upstreams(render([], [instance('a', { readyForMs: 0 }), instance('bb', { readyForMs: 1 })]))).toEqual({
      fw_web__base: ['10.0.0.1:80', '10.0.0.2:80'],
    });
  });

  it('follow the fallback chain, and a strict lane has none', () => {
    const resources = [
      lane('dev', { fallback: ['gray'] }),
      lane('gray', {}),
      lane('alone', { strict: true }),
      lane('off', { enabled: false }),
    ];
    const text = render(resources, [instance('a'), instance('bb', { lane: 'gray' }), instance('ccc', { lane: 'off' })]);
    expect(lanePools(text)).toEqual({ alone: '', dev: 'fw_web_dev', gray: 'fw_web_dev' });
    expect(upstreams(text)).toEqual({ fw_web__base: ['10.0.0.1:80'], fw_web_dev: ['10.0.0.2:80'] });
  });

  it('take the port of the entry, or the only one that an instance has', () => {
    const instances = [instance('a', { ports: [80, 81] }), instance('bb', { ports: [82], host: '::1' })];
    expect(upstreams(render([], instances, 81))).toEqual({ fw_web__base: ['10.0.0.1:81'] });
    expect(upstreams(render([], instances))).toEqual({ fw_web__base: ['[::1]:82'] });
  });

  it('do not change the text when only what nobody is sent to changes', () => {
    const before = render([], [instance('a'), instance('bb', { state: 'starting' })]);
    expect(render([], [instance('bb', { state: 'draining' }), instance('a')])).toBe(before);
  });
});

it('answers 503 where no instance may take a request', () => {
  const text = render([], []);
  expect(text).toContain('return 418;');
  expect(text).not.toContain('proxy_pass http');
  expect(text).toContain('FAIRWAY_NO_INSTANCE');
});
