import type { Reporter, TestModule } from 'vitest/node';

interface Failure {
  readonly message: string;
  /** Of an expectation: what differs. */
  readonly diff?: string;
}

const MAX_CHARS = 1_000;

/**
 * Ends a test run with the reasons of what failed, then the names of what failed, a line each, and one plain line, `N passed, N failed`, for
 * people and for CI: the end of a log is what is kept of it.
 */
class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    const failed = unhandled.map((error) => ({ name: 'outside of a test', errors: [error] as readonly Failure[] }));
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        count[state]++;
        if (state === 'failed')
          failed.push({ name: `${module.relativeModuleId} > ${test.fullName}`, errors: errors ?? [] });
      }
      if (module.state() !== 'failed' || count.failed > before) continue;
      count.failed++;
      failed.push({ name: module.relativeModuleId, errors: module.errors() });
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    const names = failed.map(({ name }) => `failed: ${name}\n`);
    process.stdout.write(
      `\n${failed.map(reasonOf).join('\n')}\n${names.join('')}${count.passed} passed, ${count.failed} failed${skipped}\n`,
    );
  }
}

function reasonOf({ name, errors }: { readonly name: string; readonly errors: readonly Failure[] }): string {
  const reasons = errors.map(({ message, diff = '' }) => `${message}\n${diff}`.trim().slice(0, MAX_CHARS));
  return `${[name, ...reasons].join('\n')}\n`;
}

// biome-ignore lint/style/noDefaultExport: Vitest takes a reporter by its default export.
export default TallyReporter;
