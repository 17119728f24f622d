import { findNginx } from '@fairway/gateway';
import { PORTS, type Pod, type SidecarProgram } from './sidecar.ts';

function server(listen: string, upstream: string): string {
  return `
  server {
    listen ${listen};
    location / {
      proxy_pass http://${upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }`;
}

function upstream(name: string, address: string): string {
  return `
  upstream ${name} {
    server ${address};
    keepalive 64;
    keepalive_requests 1000000000;
  }`;
}

function configuration({ host, next }: Pod): string {
  const parts = [
    upstream('service', `${host}:${PORTS.service}`),
    server(`${host}:${PORTS.inbound}`, 'service'),
    ...(next === undefined
      ? []
      : [upstream('next', `${next}:${PORTS.inbound}`), server(`${host}:${PORTS.outbound}`, 'next')]),
  ];
  return `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events {
  worker_connections 1024;
}
http {
  access_log off;
  keepalive_requests 1000000000;${parts.join('')}
}
`;
}

/** NGINX with one worker in each pod, connections kept on both sides, no access log. */
export const nginx: SidecarProgram = {
  name: 'NGINX',
  find: async () => (await findNginx()).path,
  configuration,
  arguments: (folder, file) => ['-p', folder, '-e', 'stderr', '-c', file],
};
