import type { AgentReport, Registration } from '@fairway/model';

/** What an agent said of itself. */
export interface AgentEntry {
  readonly agent: Registration['agent'];
  readonly report: AgentReport | null;
  /** When the report came; null: none did. */
  readonly reportedMs: number | null;
}

interface Kept {
  readonly agent: Registration['agent'];
  /** As JSON: one string to keep, and it is rarely read. */
  readonly report: string | null;
  readonly reportedMs: number | null;
}

/**
 * The last that each agent said of itself, in memory alone: it is said anew with each connection. As many as there are
 * instances, each as large as one message may be.
 */
export class AgentBook {
  readonly #kept = new Map<string, Kept>();

  registered(id: string, agent: Registration['agent']): void {
    const { report = null, reportedMs = null } = this.#kept.get(id) ?? {};
    this.#kept.set(id, { agent: legible(agent), report, reportedMs });
  }

  /** A report of an agent that is not registered is passed over. */
  reported(id: string, report: AgentReport, nowMs: number): void {
    const known = this.#kept.get(id);
    if (known) this.#kept.set(id, { ...known, report: JSON.stringify(report), reportedMs: nowMs });
  }

  /** The instance is gone. */
  forget(id: string): void {
    this.#kept.delete(id);
  }

  get(id: string): AgentEntry | undefined {
    const known = this.#kept.get(id);
    return known && { ...known, report: known.report === null ? null : (JSON.parse(known.report) as AgentReport) };
  }
}

/** Without characters that would change the terminal of whoever reads it. */
function legible(agent: Registration['agent']): Registration['agent'] {
  const clean = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');
  const { version, runtime, pid, hostname } = agent;
  const named = hostname === undefined ? {} : { hostname: clean(hostname) };
  return { version: clean(version), runtime: clean(runtime), pid, ...named };
}
