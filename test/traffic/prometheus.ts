import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '@fairway/shop/demo/child.ts';

const PROGRAM = '/usr/bin/prometheus';
export const hasPrometheus = existsSync(PROGRAM);

/** A Prometheus of its own. */
export interface Prometheus {
  /** The value of a query that gives one number; undefined: it gives none yet. */
  value(query: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Starts one that scrapes a control plane each second. */
export async function startPrometheus(server: string, token: string, port: number): Promise<Prometheus> {
  const dir = await mkdtemp(join(tmpdir(), 'fairway-prometheus-'));
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'fairway',
        authorization: { credentials_file: join(dir, 'token') },
        static_configs: [{ targets: [new URL(server).host] }],
      },
    ],
  };
  await writeFile(join(dir, 'token'), token);
  await writeFile(join(dir, 'prometheus.yml'), JSON.stringify(config));
  const child = await startChild({
    name: 'prometheus',
    command: PROGRAM,
    args: [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: { PATH: process.env['PATH'] },
    readyLine: /Server is ready/,
    deadlineMs: 60_000,
  });
  return {
    async value(query) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      const text = data.result[0]?.value[1];
      return text === undefined ? undefined : Number(text);
    },
    async stop() {
      await child.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
