// Import borders: which package may import which, no cycles, no reaching into another package's files.

import type { ICruiseResult, IFlattenedRuleSet } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';

/** Package -> packages that it may import. Tests may import testkit as well, and reach across for real processes. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  core: ['model'],
  control: ['model'],
  agent: ['model', 'core'],
  server: ['model', 'core', 'control'],
  client: ['model'],
  gateway: ['model', 'core', 'client'],
  console: ['model', 'core', 'client'],
  cli: ['model', 'core', 'client', 'gateway', 'server', 'agent', 'console'],
  testkit: ['model'],
};

/** Fewer modules than this were looked at: the tool did not see the sources, so its silence means nothing. */
const MIN_MODULES = 100;

const SOURCE = '\\.(test|bench|contract)\\.ts$|/test/|arbitrary\\.ts$';

const rules: IFlattenedRuleSet = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-reaching-in',
      comment: 'Import a package by its name.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/', pathNot: SOURCE },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    ...Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
      name: `borders-of-${name}`,
      severity: 'error' as const,
      from: { path: `^packages/${name}/src/`, pathNot: SOURCE },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
    ...['model', 'core', 'control'].map((name) => ({
      name: `purity-of-${name}`,
      severity: 'error' as const,
      from: { path: `^packages/${name}/src/`, pathNot: SOURCE },
      to: { dependencyTypes: ['core'] as 'core'[] },
    })),
  ],
};

const { output } = await cruise(['packages', 'examples', 'bench', 'test', 'tools'], {
  ruleSet: rules,
  validate: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '(node_modules|/dist/|/fixture/|/generated/)' },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
});

const { summary } = output as ICruiseResult;
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
if (summary.totalCruised < MIN_MODULES) {
  console.error(`only ${summary.totalCruised} modules were looked at, expected at least ${MIN_MODULES}`);
}
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`,
);
process.exitCode = summary.violations.length > 0 || summary.totalCruised < MIN_MODULES ? 1 : 0;
