import type { Explanation, Step } from '@fairway/core';
import { FairwayError, parse, type Resource, type World, type WrittenRequest } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { readDocuments } from '../manifest.ts';
import { addConnection, addNamespace, collect, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { headersOf } from '../request-header.ts';
import { show, TERMINAL } from '../terminal.ts';

interface ExplainOptions extends RemoteOptions {
  readonly vectors?: readonly string[];
  readonly at?: string;
  readonly file?: string;
  readonly namespace?: string;
  /** `false` by `--no-request`. */
  readonly request: boolean;
  readonly method: string;
  readonly requestUrl: string;
  readonly clientIp?: string;
  readonly header?: readonly string[];
  readonly call?: string;
  readonly callMethod: string;
  readonly callHeader?: readonly string[];
}

async function vectors(files: readonly string[], isJson: boolean | undefined): Promise<void> {
  const { runVectors } = await import('@fairway/core');
  let [passed, failed] = [0, 0];
  const results: object[] = [];
  for (const file of files) {
    for (const { value } of await readDocuments(file)) {
      const result = runVectors(parse('VectorFile', value));
      passed += result.passed;
      failed += result.failures.length;
      results.push({ file, ...result });
      if (!isJson)
        for (const { name, problems } of result.failures) TERMINAL.out(`${file}: ${name}: ${problems.join('; ')}`);
    }
  }
  show(isJson, { passed, failed, files: results }, () => `${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function isWorld(value: unknown): value is World {
  return (
    typeof value === 'object' && value !== null && !('kind' in value) && ('resources' in value || 'instances' in value)
  );
}

/** A world from a file: one World object, or resources, and instances in documents with a key `instances`. */
async function worldOf(file: string): Promise<World> {
  const documents = (await readDocuments(file)).map(({ value }) => value);
  const worlds = documents.filter(isWorld);
  const others = documents.filter((value) => !isWorld(value)) as Resource[];
  return parse('World', {
    resources: [...worlds.flatMap(({ resources = [] }) => resources), ...others],
    instances: worlds.flatMap(({ instances = [] }) => instances),
  });
}

function stepsText(steps: readonly Step[]): string[] {
  return steps.map(({ step, taken, text }) => `  ${taken ? '*' : ' '} ${step.padEnd(9)} ${text}`);
}

function explanationText({ at, service, lane, reason, steps, call }: Explanation): string {
  const lines = [`At ${at} (${service})`, ...stepsText(steps), `Lane: ${lane || 'base'} (${reason})`];
  if (!call) return lines.join('\n');
  const set = call.eligible === null ? 'left as dialled' : call.eligible.join(', ') || 'none';
  const sent = Object.entries(call.sent).map(([name, value]) => `  ${name}: ${value}`);
  return [
    ...lines,
    '',
    `Call to ${call.service ?? 'something that is not governed'}`,
    ...stepsText(call.steps),
    `Eligible: ${set}${call.reason ? ` (${call.reason})` : ''}`,
    ...(call.message ? [`${call.error}: ${call.message}`] : []),
    ...(sent.length > 0 ? ['Headers sent:', ...sent] : []),
  ].join('\n');
}

async function one(at: string, options: ExplainOptions): Promise<void> {
  const world = options.file
    ? await worldOf(options.file)
    : await (await connect(options)).world(namespaceFilter(options));
  const request: WrittenRequest | null = options.request
    ? {
        method: options.method,
        url: options.requestUrl,
        headers: headersOf(options.header),
        ...(options.clientIp ? { clientIp: options.clientIp } : {}),
      }
    : null;
  const call = options.call && {
    method: options.callMethod,
    url: options.call,
    headers: headersOf(options.callHeader),
  };
  const { explain } = await import('@fairway/core');
  const explanation = explain(world, at, request, call || undefined);
  show(options.json, explanation, () => explanationText(explanation));
}

async function run(options: ExplainOptions): Promise<void> {
  if (options.vectors) return vectors(options.vectors, options.json);
  if (options.at) return one(options.at, options);
  throw new FairwayError(
    'FAIRWAY_INVALID',
    'found neither --at nor --vectors, expected one of them (see fairway explain --help)',
  );
}

/** `fairway explain`. */
export function explainCommand(): Command {
  const examples = [
    "fairway explain --at web-1 -H 'x-env: dev' --call http://order:8080/",
    'fairway explain --at order-gray-1 --no-request --call http://payment/ --file world.yaml',
    'fairway explain --vectors conformance/*.json',
  ];
  return addNamespace(
    addConnection(command('explain', 'Tell which lane a request has and where a call may go, and why', examples)),
  )
    .option('--vectors <file...>', 'run files of conformance vectors')
    .option('--at <instance>', 'id of the instance where it is decided')
    .option('--file <file>', 'a world (resources and instances) instead of the live one; - for standard input')
    .option('-H, --header <header>', 'header of the inbound request, "name: value"; may be repeated', collect)
    .option('--method <method>', 'method of the inbound request', 'GET')
    .option('--request-url <url>', 'path and query of the inbound request', '/')
    .option('--client-ip <address>', 'address of the client')
    .option('--no-request', 'work that no request started: a timer, a message')
    .option('--call <url>', 'a call that is made for it')
    .option('--call-method <method>', 'method of the call', 'GET')
    .option('--call-header <header>', 'header that the application sets on the call; may be repeated', collect)
    .action(run);
}
