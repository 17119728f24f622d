import { Textarea } from '@mantine/core';
import { parse } from 'yaml';
import { useText } from '../text/text.tsx';

interface Written {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** What a text says; null: it is nothing of the kind yet. The control plane checks it in full. */
export function readYaml<T extends Written>(text: string, kind: T['kind']): T | null {
  try {
    const value = parse(text) as Partial<T> | null;
    return value?.kind === kind && value.metadata && value.spec ? (value as T) : null;
  } catch {
    return null;
  }
}

/** Something as text; `isRead`: it is of its kind. */
export function YamlField({ kind, text, isRead, change }: YamlFieldProps) {
  const { say } = useText();
  return (
    <Textarea
      label={say('yaml')}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      autosize
      minRows={14}
      classNames={{ input: 'mono' }}
      spellCheck={false}
      error={!isRead && say('notYet', { kind })}
    />
  );
}

interface YamlFieldProps {
  readonly kind: string;
  readonly text: string;
  readonly isRead: boolean;
  change(text: string): void;
}
