/** What a declarative pipeline of Jenkins does. */
export interface Pipeline {
  readonly stages: readonly Stage[];
  /** Shell steps of these conditions of `post`. */
  readonly unsuccessful: readonly string[];
  readonly always: readonly string[];
}

interface Stage {
  readonly name: string;
  /** Somebody must say yes first. */
  readonly asks: boolean;
  /** Its shell steps. */
  readonly steps: readonly string[];
}

/** A block, `name(argument) { … }`, or a statement in one. */
interface Block {
  readonly name: string;
  readonly argument: string;
  readonly children: readonly (Block | Statement)[];
}
interface Statement {
  readonly text: string;
}

const isBlock = (one: Block | Statement): one is Block => 'children' in one;

/** What stands where in a pipeline; Jenkins takes no other. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['parameters', 'environment', 'options', 'stages', 'post'],
  stages: ['stage'],
  stage: ['input', 'steps'],
  post: ['unsuccessful', 'always'],
};

/** Reads the form of declarative pipelines, as far as ours use it. @throws Error for anything else */
export function parsePipeline(source: string): Pipeline {
  const lines = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'));
  const [root, ...rest] = blocksOf(lines);
  if (!root || !isBlock(root) || root.name !== 'pipeline' || rest.length > 0) throw new Error('expected one pipeline');
  const stages = parts(root, 'stages').flatMap((all) => parts(all, 'stage'));
  if (!root.children.some((one) => !isBlock(one) && /^agent \w+$/.test(one.text))) throw new Error('expected an agent');
  const posts = (name: string) => parts(root, 'post').flatMap((post) => parts(post, name).flatMap(shellSteps));
  return {
    stages: stages.map((stage) => ({
      name: textOf(stage.argument),
      asks: parts(stage, 'input').length > 0,
      steps: parts(stage, 'steps').flatMap(shellSteps),
    })),
    unsuccessful: posts('unsuccessful'),
    always: posts('always'),
  };
}

function blocksOf(lines: string[]): (Block | Statement)[] {
  const found: (Block | Statement)[] = [];
  for (let line = lines.shift(); line !== undefined && line !== '}'; line = lines.shift()) {
    const [, name, argument = ''] = /^(\w+)(?:\((.*)\))? \{$/.exec(line) ?? [];
    if (name === undefined) found.push({ text: line });
    else found.push({ name, argument, children: blocksOf(lines) });
  }
  return found;
}

/** The blocks of a name in a block, which may hold only what Jenkins knows there. */
function parts(block: Block, name: string): Block[] {
  const blocks = block.children.filter(isBlock);
  const strange = blocks.find((one) => !PARTS[block.name]?.includes(one.name));
  if (strange) throw new Error(`${strange.name} does not belong into ${block.name}`);
  return blocks.filter((one) => one.name === name);
}

function shellSteps({ children }: Block): string[] {
  return children.flatMap((one) => {
    if (isBlock(one)) throw new Error(`${one.name} is no step that is known here`);
    if (one.text.startsWith('archiveArtifacts ')) return [];
    return [textOf(one.text.replace(/^sh /, ''))];
  });
}

/** A string in single quotes: nothing in it is put in by Groovy. */
function textOf(quoted: string): string {
  const [, text] = /^'([^'\\]*)'$/.exec(quoted) ?? [];
  if (text === undefined) throw new Error(`expected a string in single quotes: ${quoted}`);
  return text;
}
