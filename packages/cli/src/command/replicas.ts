import type { Replica } from '@fairway/client';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, type RemoteOptions } from '../option.ts';
import { show, table } from '../terminal.ts';

const SECOND_MS = 1_000;

function rowOf({ url, name, leads, silentMs }: Replica): string[] {
  return [url, leads ? 'leads' : 'follows', `${(silentMs / SECOND_MS).toFixed(1)} s ago`, name];
}

async function tellReplicas(options: RemoteOptions): Promise<void> {
  const items = await (await connect(options)).replicas();
  show(options.json, { items }, () =>
    items.length === 0
      ? 'this control plane is one process alone: replicas need PostgreSQL (fairway up --database-url)'
      : table(['ADDRESS', 'ROLE', 'HEARD OF', 'PROCESS'], items.map(rowOf)),
  );
}

/** `fairway replicas`. */
export function replicasCommand(): Command {
  return addConnection(
    command('replicas', 'Show the replicas of the control plane, and which leads', ['fairway replicas']),
  ).action(tellReplicas);
}
