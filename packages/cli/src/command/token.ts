import type { TokenRole } from '@fairway/client';
import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, group, namespaceOption, type RemoteOptions } from '../option.ts';
import { show, TERMINAL, table } from '../terminal.ts';

interface CreateOptions extends RemoteOptions {
  readonly role: string;
  readonly namespace?: string;
}

const ROLES: readonly TokenRole[] = ['admin', 'operator', 'viewer', 'agent'];

function parseRole(text: string): TokenRole {
  const role = ROLES.find((known) => known === text);
  if (role) return role;
  throw new FairwayError(
    'FAIRWAY_INVALID',
    `--role: found ${JSON.stringify(text)}, expected one of ${ROLES.join(', ')}`,
  );
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const role = parseRole(options.role);
  const namespace = role === 'agent' ? namespaceOption(options) : options.namespace;
  const made = await (await connect(options)).createToken({
    name,
    role,
    ...(namespace === undefined ? {} : { namespace }),
  });
  show(options.json, made, () => made.token);
  if (!options.json)
    TERMINAL.say(`token ${made.id} (${role}${namespace ? ` of ${namespace}` : ''}): it is not shown again`);
}

async function list(options: RemoteOptions): Promise<void> {
  const items = await (await connect(options)).tokens();
  show(options.json, { items }, () =>
    table(
      ['ID', 'NAME', 'ROLE', 'NAMESPACE'],
      items.map(({ id, name, role, namespace }) => [id, name, role, namespace ?? '-']),
    ),
  );
}

async function revoke(id: string, options: RemoteOptions): Promise<void> {
  await (await connect(options)).revokeToken(id);
  show(options.json, { id, revoked: true }, () => `token ${id} revoked`);
}

/** `fairway token`. */
export function tokenCommand(): Command {
  const make = addNamespace(
    addConnection(
      command('create', 'Make a token and print it, once', [
        'fairway token create ci --role operator -n shop',
        'fairway token create shop-agents --role agent -n shop',
      ]),
    ),
  )
    .argument('<name>', 'what it is for')
    .option('--role <role>', 'admin, operator, viewer or agent; with -n of one namespace, an agent always', 'viewer')
    .action(create);
  return group('token', 'Make, list and revoke tokens', ['fairway token list'])
    .addCommand(make)
    .addCommand(
      addConnection(command('list', 'List tokens, without their secrets', ['fairway token list'])).action(list),
    )
    .addCommand(
      addConnection(command('revoke', 'Make a token worthless at once', ['fairway token revoke 0f8f…']))
        .argument('<id>')
        .action(revoke),
    );
}
