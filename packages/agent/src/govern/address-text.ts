import { hostPort } from '@fairway/core';

/** Hosts remembered; beyond it all are forgotten. */
const MAX_HOSTS = 512;

/** Makes `host:port` texts, each once: to look one up that was made anew takes longer than the rest of a decision. */
export function createAddressTexts(): (host: string, port: number) => string {
  const byHost = new Map<string, Map<number, string>>();
  return (host, port) => byHost.get(host)?.get(port) ?? made(host, port);

  function made(host: string, port: number): string {
    if (byHost.size >= MAX_HOSTS) byHost.clear();
    const byPort = byHost.get(host) ?? new Map<number, string>();
    const text = hostPort(host.toLowerCase(), port);
    byHost.set(host, byPort.set(port, text));
    return text;
  }
}
