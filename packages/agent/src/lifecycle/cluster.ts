import cluster, { type Worker } from 'node:cluster';
import { setTimeout } from 'node:timers';

/** What the primary of a cluster asks of its workers. */
export type Question = 'status' | 'offline' | 'online';

/** Node.js keeps messages whose `cmd` begins so from the application. */
const COMMAND = 'NODE_FAIRWAY';
/** A worker that does not answer so long whether it is there has no agent. */
const PRESENCE_MS = 2000;

interface Asked {
  readonly cmd: string;
  readonly id: number;
  readonly ask: Question;
}

interface Answered {
  readonly cmd: string;
  readonly id: number;
  readonly answer: object;
}

/** The workers of this process. */
export interface Workers {
  readonly areThere: boolean;
  /** The answers of those that have an agent, once all have come; those that end meanwhile answer nothing. Never rejects. */
  ask(question: Question, limitMs: number): Promise<object[]>;
}

/** Watches for workers; `onFork` is called as each is made. */
export function watchWorkers(onFork: () => void): Workers {
  const waiting = new Map<number, (answer: object | undefined) => void>();
  const heard = new WeakSet<Worker>();
  let lastId = 0;

  const all = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);

  function hear(worker: Worker): void {
    if (heard.has(worker)) return;
    heard.add(worker);
    worker.process.on('internalMessage', (message: Partial<Answered> | undefined) => {
      if (message?.cmd === COMMAND && message.answer) waiting.get(Number(message.id))?.(message.answer);
    });
  }

  function askOne(worker: Worker, ask: Question, limitMs: number): Promise<object | undefined> {
    return new Promise((resolve) => {
      const id = ++lastId;
      const timer = setTimeout(() => settle(undefined), limitMs);
      const settle = (answer: object | undefined) => {
        clearTimeout(timer);
        waiting.delete(id);
        worker.process.removeListener('exit', onExit);
        resolve(answer);
      };
      const onExit = () => settle(undefined);
      waiting.set(id, settle);
      hear(worker);
      worker.process.on('exit', onExit);
      const question: Asked = { cmd: COMMAND, id, ask };
      if (worker.process.connected) worker.process.send(question, (error) => error && settle(undefined));
      else settle(undefined);
    });
  }

  async function askIfThere(worker: Worker, question: Question, limitMs: number): Promise<object[]> {
    const presence = await askOne(worker, 'status', Math.min(PRESENCE_MS, limitMs));
    const answer = presence && question !== 'status' ? await askOne(worker, question, limitMs) : presence;
    return answer ? [answer] : [];
  }

  if (cluster.isPrimary) cluster.on('fork', onFork);
  return {
    get areThere() {
      return all().length > 0;
    },
    ask: async (question, limitMs) =>
      (await Promise.all(all().map((worker) => askIfThere(worker, question, limitMs)))).flat(),
  };
}

/** Answers a question of the primary; false: it was none. */
export function answerPrimary(message: unknown, answer: (question: Question) => Promise<object>): boolean {
  const { cmd, id, ask } = (message ?? {}) as Partial<Asked>;
  if (cmd !== COMMAND || ask === undefined) return false;
  answer(ask).then(
    (told) => process.send?.({ cmd: COMMAND, id, answer: told }),
    () => undefined,
  );
  return true;
}
