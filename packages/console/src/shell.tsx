import {
  ActionIcon,
  AppShell,
  Button,
  Group,
  NavLink,
  Select,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { useConnected, useLive } from './live.tsx';
import { linkTo, useNamespace } from './place.ts';
import { useSession } from './session.tsx';
import { type Language, useText } from './text/text.tsx';

const PAGES = [
  ['/', 'overview'],
  ['/topology', 'topology'],
  ['/services', 'services'],
  ['/lanes', 'lanes'],
  ['/releases', 'releases'],
  ['/rules', 'rules'],
  ['/lossless', 'lossless'],
  ['/traces', 'traces'],
  ['/explain', 'explain'],
  ['/events', 'events'],
  ['/audit', 'audit'],
  ['/settings', 'settings'],
] as const;

/** What all pages stand in. */
export function Shell({ children }: { children: ReactNode }) {
  const { say } = useText();
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 190, breakpoint: 'xs' }} padding="lg">
      <a href="#content" className="skip">
        {say('skip')}
      </a>
      <AppShell.Header px="lg">
        <Header />
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Fairway">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content">{children}</AppShell.Main>
    </AppShell>
  );
}

function Navigation() {
  const { say } = useText();
  const { pathname } = useLocation();
  const [namespace] = useNamespace();
  return PAGES.map(([path, word]) => {
    const active = path === '/' ? pathname === '/' : pathname.startsWith(path);
    return (
      <NavLink
        key={path}
        component={Link}
        to={linkTo(path, namespace)}
        label={say(word)}
        active={active}
        aria-current={active ? 'page' : undefined}
        color="gray"
        variant="light"
        fw={active ? 600 : 400}
      />
    );
  });
}

function Header() {
  const { say, language, setLanguage } = useText();
  const { signOut } = useSession();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Group h="100%" justify="space-between" wrap="nowrap">
      <Group gap="md" wrap="nowrap">
        <Text fw={700} size="lg">
          Fairway
        </Text>
        <NamespacePicker />
        <Connection />
      </Group>
      <Group gap="xs" wrap="nowrap">
        <Select
          aria-label={say('language')}
          size="xs"
          w={96}
          data={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
          value={language}
          allowDeselect={false}
          onChange={(value) => setLanguage(value as Language)}
        />
        <ActionIcon
          variant="default"
          size="md"
          aria-label={say('theme')}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? '☀' : '☾'}
        </ActionIcon>
        <Button variant="default" size="xs" onClick={signOut}>
          {say('signOut')}
        </Button>
      </Group>
    </Group>
  );
}

function NamespacePicker() {
  const { say } = useText();
  const { client } = useSession();
  const [namespace, setNamespace] = useNamespace();
  const { data = [] } = useLive(['namespaces'], () => client.namespaces());
  const names = new Set([...data.map(({ name }) => name), ...(namespace ? [namespace] : [])]);
  return (
    <Select
      aria-label={say('namespace')}
      placeholder={say('allNamespaces')}
      size="xs"
      w={170}
      searchable
      clearable
      data={[...names].sort()}
      value={namespace ?? null}
      onChange={setNamespace}
    />
  );
}

function Connection() {
  const { say } = useText();
  const connected = useConnected();
  return (
    <Group gap={6} role="status" wrap="nowrap">
      <svg width="8" height="8" aria-hidden="true">
        <circle cx="4" cy="4" r="4" fill={connected ? '#2f9e44' : '#e03131'} />
      </svg>
      <Text size="xs" c="dimmed">
        {say(connected ? 'live' : 'lost')}
      </Text>
    </Group>
  );
}
