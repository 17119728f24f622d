import type { Reporter, TestModule } from 'vitest/node';

interface Failure {
  readonly message: string;
  /** Of an expectation: what differs. */
  readonly diff?: string;
}

const MAX_CHARS = 1_000;

/** Ends a test run with what failed, a line or two each, and one plain line, `N passed, N failed`, for people and for CI. */
class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    const lines = unhandled.map((error) => lineOf('outside of a test', [error]));
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        count[state]++;
        if (state === 'failed') lines.push(lineOf(`${module.relativeModuleId} > ${test.fullName}`, errors));
      }
      if (module.state() !== 'failed' || count.failed > before) continue;
      count.failed++;
      lines.push(lineOf(module.relativeModuleId, module.errors()));
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`\n${lines.join('')}\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}

function lineOf(name: string, errors: readonly Failure[]): string {
  const reasons = errors.map(({ message, diff = '' }) => `${message}\n${diff}`.trim().slice(0, MAX_CHARS));
  return `failed: ${[name, ...reasons].join('\n')}\n`;
}

// biome-ignore lint/style/noDefaultExport: Vitest takes a reporter by its default export.
export default TallyReporter;
