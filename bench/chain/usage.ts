import { readdir, readFile } from 'node:fs/promises';

/** Processor time used so far, and the memory held now. */
export interface Usage {
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** What a service tells of itself; `headers`: those of the last request that it served. */
export interface ServiceUsage extends Usage {
  readonly heapBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

const PAGE_BYTES = 4096;

/** Asks a service of the chain. `origin`: its URL up to the path. */
export async function usageOfService(origin: string): Promise<ServiceUsage> {
  return (await (await fetch(`${origin}/usage`)).json()) as ServiceUsage;
}

/** The processes of a program: itself and its children. */
async function family(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
}

async function cpuMicros(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')));
  return total(times.map((time) => Number(time.split(' ')[0]))) / 1000;
}

async function rss(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]) * PAGE_BYTES;
}

/** Looks at a program and its children from outside, by what Linux counts: to the nanosecond, unlike `stat`'s ticks. */
export async function usageOfProgram(pid: number): Promise<Usage> {
  const pids = await family(pid);
  const [times, sizes] = await Promise.all([Promise.all(pids.map(cpuMicros)), Promise.all(pids.map(rss))]);
  return { cpuMicros: total(times), rssBytes: total(sizes) };
}

/** The usage of several processes together. */
export function sum(usages: readonly Usage[]): Usage {
  return {
    cpuMicros: total(usages.map(({ cpuMicros }) => cpuMicros)),
    rssBytes: total(usages.map(({ rssBytes }) => rssBytes)),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
