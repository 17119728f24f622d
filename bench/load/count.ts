import { Connection, written } from './connection.ts';
import type { CountOrder, CountOutcome } from './order.ts';

/** Closed-loop load: each connection sends its next request when it has the answer to the one before. */
export async function sendCount({ targets, requests, connections }: CountOrder): Promise<CountOutcome> {
  const texts = targets.map(written);
  const opened = await Connection.open(targets[0]?.url ?? '', connections);
  let sent = 0;
  let failed = 0;
  const drive = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const next = () => {
        if (sent === requests) return resolve();
        connection.send(texts[sent++ % texts.length] as string, (isGood) => {
          if (!isGood) failed++;
          next();
        });
      };
      next();
    });
  try {
    await Promise.all(opened.map(drive));
    return { requests, failed };
  } finally {
    for (const connection of opened) connection.close();
  }
}
