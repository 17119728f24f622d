import { Select, TextInput } from '@mantine/core';
import { useText } from '../text/text.tsx';

/** Who may do what, where: of a user or a token that is to be made. */
export interface Grant<R extends string> {
  readonly name: string;
  readonly role: R;
  /** Empty: all. */
  readonly namespace: string;
}

/** The fields of a grant, for a form of one line. */
export function GrantFields<R extends string>({ grant, change, roles, needsNamespace = false }: GrantFieldsProps<R>) {
  const { say } = useText();
  return (
    <>
      <TextInput
        size="xs"
        label={say('name')}
        required
        autoComplete="off"
        value={grant.name}
        onChange={(event) => change({ ...grant, name: event.currentTarget.value })}
      />
      <Select
        size="xs"
        label={say('role')}
        data={[...roles]}
        value={grant.role}
        allowDeselect={false}
        onChange={(value) => change({ ...grant, role: value as R })}
      />
      <TextInput
        size="xs"
        label={say('namespace')}
        placeholder={say('allNamespaces')}
        required={needsNamespace}
        value={grant.namespace}
        onChange={(event) => change({ ...grant, namespace: event.currentTarget.value })}
      />
    </>
  );
}

interface GrantFieldsProps<R extends string> {
  readonly grant: Grant<R>;
  readonly roles: readonly R[];
  readonly needsNamespace?: boolean;
  change(grant: Grant<R>): void;
}
