/** From silent to everything. */
export type LogLevel = 'off' | 'error' | 'info' | 'debug';

/** Lines on stderr, for whoever asked for them. Nothing secret, nothing raw from outside. */
export interface Log {
  error(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** Hears every line of any level from now on, until the function that it gives is called. */
  tap(listener: (line: string) => void): () => void;
}

const LEVELS: readonly LogLevel[] = ['off', 'error', 'info', 'debug'];

/** A log that writes lines at or above a level through `write`. */
export function createLog(level: LogLevel, write: (line: string) => void = writeLine): Log {
  const taps = new Set<(line: string) => void>();
  const at = (own: LogLevel) => (text: string) => {
    for (const tap of taps) tap(`${own}: ${text}`);
    if (LEVELS.indexOf(own) <= LEVELS.indexOf(level)) write(`fairway ${own}: ${text}\n`);
  };
  return {
    error: at('error'),
    info: at('info'),
    debug: at('debug'),
    tap(listener) {
      taps.add(listener);
      return () => taps.delete(listener);
    },
  };
}

/** The result, or undefined where it threw: the log says so, and nobody else hears of it. */
export function sheltered<T>(log: Log, what: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
    return undefined;
  }
}

function writeLine(line: string): void {
  process.stderr.write(line);
}
