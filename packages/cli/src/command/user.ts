import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { PersonalRole, User } from '@fairway/client';
import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, group, parseForm, type RemoteOptions } from '../option.ts';
import { show, TERMINAL, table } from '../terminal.ts';

interface UserOptions extends RemoteOptions {
  readonly role?: string;
  readonly namespace?: string;
  readonly passwordStdin?: boolean;
}

const ROLES = 'viewer, operator or admin';

/** From standard input where that is wanted, else a new one. */
async function passwordOf({ passwordStdin }: UserOptions): Promise<{ password: string; isMade: boolean }> {
  if (!passwordStdin) return { password: randomBytes(18).toString('base64url'), isMade: true };
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '')
    throw new FairwayError('FAIRWAY_INVALID', 'standard input: found nothing, expected the password');
  return { password, isMade: false };
}

function made(options: UserOptions, user: User, password: string, isMade: boolean): void {
  show(options.json, isMade ? { ...user, password } : user, () => (isMade ? password : `user ${user.name}`));
  if (!options.json && isMade) TERMINAL.say(`the password of ${user.name}: it is not shown again`);
}

async function create(name: string, options: UserOptions): Promise<void> {
  const { password, isMade } = await passwordOf(options);
  const { role = 'viewer', namespace } = options;
  const user = await (await connect(options)).createUser({ name, role: role as PersonalRole, namespace, password });
  made(options, user, password, isMade);
}

async function change(name: string, options: UserOptions & { allNamespaces?: boolean }): Promise<void> {
  const { role, namespace, allNamespaces } = options;
  const user = await (await connect(options)).changeUser(name, {
    ...(role === undefined ? {} : { role: role as PersonalRole }),
    ...(allNamespaces ? { namespace: null } : namespace === undefined ? {} : { namespace }),
  });
  show(options.json, user, () => userText(user));
}

async function password(name: string, options: UserOptions): Promise<void> {
  const { password: fresh, isMade } = await passwordOf(options);
  made(options, await (await connect(options)).changeUser(name, { password: fresh }), fresh, isMade);
}

async function list(options: RemoteOptions): Promise<void> {
  const items = await (await connect(options)).users();
  show(options.json, { items }, () =>
    table(
      ['NAME', 'ROLE', 'NAMESPACE', 'MADE BY'],
      items.map(({ name, role, namespace, author }) => [name, role, namespace ?? '-', author]),
    ),
  );
}

async function remove(name: string, options: RemoteOptions): Promise<void> {
  await (await connect(options)).removeUser(name);
  show(options.json, { name, removed: true }, () => `user ${name} removed`);
}

function userText({ name, role, namespace }: User): string {
  return `user ${name}: ${role}${namespace === null ? '' : ` of ${namespace}`}`;
}

/** `fairway user`. */
export function userCommand(): Command {
  const role = parseForm('--role', /^(?:viewer|operator|admin)$/, ROLES);
  const stdin = ['--password-stdin', 'read it from standard input; otherwise one is made, and printed once'] as const;
  const one = (name: string, summary: string, example: string) =>
    addConnection(command(name, summary, [example])).argument('<name>');
  return group('user', 'Make, list, change and remove people who sign in with a password', ['fairway user list'])
    .addCommand(
      addNamespace(one('create', 'Make a user', 'fairway user create anna --role operator -n shop'))
        .option('--role <role>', ROLES, role, 'viewer')
        .option(...stdin)
        .action(create),
    )
    .addCommand(addConnection(command('list', 'List users', ['fairway user list'])).action(list))
    .addCommand(
      addNamespace(
        one('change', 'Change what a user may do; their sessions end', 'fairway user change anna --role admin'),
      )
        .option('--role <role>', ROLES, role)
        .option('--all-namespaces', 'no longer of one namespace alone')
        .action(change),
    )
    .addCommand(
      one('password', 'Give a user another password; their sessions end', 'fairway user password anna')
        .option(...stdin)
        .action(password),
    )
    .addCommand(one('remove', 'Remove a user; their sessions end', 'fairway user remove anna').action(remove));
}
