import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';
import { type Governance, temporary } from './world.ts';

/** The same without Fairway: everybody has a list of instances. NGINX too: it is reloaded when the list changes. */
export async function startBare(stops: (() => Promise<unknown>)[]): Promise<Governance> {
  const { folder, port } = await temporary(stops);
  const file = join(folder, 'nginx.conf');
  let nginx: Promise<Child> | undefined;
  let written = 0;

  async function serve(hosts: readonly string[]): Promise<void> {
    // In one step: one that is just starting or reloading must not read half of it.
    written += 1;
    const next = join(folder, `nginx-${written}.conf`);
    await writeFile(next, configuration(folder, port, hosts));
    await rename(next, file);
    if (nginx) {
      process.kill((await nginx).pid, 'SIGHUP');
      return;
    }
    nginx = startChild({
      name: 'NGINX',
      command: 'nginx',
      args: ['-c', file, '-p', folder, '-e', 'stderr'],
      env: { PATH: `${process.env['PATH']}:/usr/sbin` },
      readyLine: /start worker process /,
      ownGroup: true,
    });
    const { stop } = await nginx;
    stops.push(() => stop('SIGQUIT'));
  }

  return {
    entry: { host: '127.0.0.1', port },
    environment: () => ({}),
    arrived: async () => {},
    async published({ front, back }) {
      const next = back.map(({ host }) => `http://${host}:8080`);
      // One that is just ending does not answer.
      await Promise.all(front.map((one) => one.tell({ next }).catch(() => undefined)));
      if (front.length > 0) await serve(front.map(({ host }) => host));
    },
  };
}

function configuration(folder: string, port: number, hosts: readonly string[]): string {
  const servers = hosts.map((host) => `server ${host}:8080 max_fails=0;`).join(' ');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${folder}/${one};`);
  return `daemon off; pid ${folder}/nginx.pid; error_log stderr notice; worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off; ${paths.join(' ')}
  upstream front { ${servers} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://front; }
  }
}
`;
}
