/** A gateway that said nothing for so long has ended. */
const SILENT_MS = 15_000;
/** Gateway processes that are known at a time. */
const MAX_GATEWAYS = 1_000;

/** What a process that runs a gateway has in force. */
interface GatewayInForce {
  /** `shop/public`. */
  readonly gateway: string;
  readonly revision: number;
  readonly saidMs: number;
}

/** What the gateways say that they have in force. */
export class GatewayBook {
  readonly #nowMs: () => number;
  readonly #processes = new Map<string, GatewayInForce>();
  readonly #waiting = new Set<() => void>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A process says which revision of resources its gateway has in force. */
  applied(gateway: string, process: string, revision: number): void {
    this.#forget();
    if (!this.#processes.has(process) && this.#processes.size >= MAX_GATEWAYS) return;
    this.#processes.set(process, { gateway, revision, saidMs: this.#nowMs() });
    for (const wake of [...this.#waiting]) wake();
  }

  /** Waits until all gateways of a namespace have a revision in force, or `signal` is aborted. Those that have not. */
  async wait(revision: number, namespace: string, signal: AbortSignal): Promise<string[]> {
    for (;;) {
      const missing = this.#missing(revision, namespace);
      if (missing.length === 0 || signal.aborted) return missing;
      await this.#news(signal);
    }
  }

  #missing(revision: number, namespace: string): string[] {
    this.#forget();
    const behind = [...this.#processes.values()].filter(
      (one) => one.revision < revision && one.gateway.startsWith(`${namespace}/`),
    );
    return [...new Set(behind.map(({ gateway }) => `gateway ${gateway}`))];
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #forget(): void {
    const sinceMs = this.#nowMs() - SILENT_MS;
    for (const [process, { saidMs }] of this.#processes) if (saidMs < sinceMs) this.#processes.delete(process);
  }
}
