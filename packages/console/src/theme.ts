import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Quiet and dense; contrasts as WCAG AA asks. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'sm',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", sans-serif',
  headings: { fontWeight: '600' },
  // Its border is coloured: the same colour is too faint for a text.
  components: { Alert: { styles: { title: { color: 'var(--mantine-color-text)' } } } },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#495057', '--mantine-color-anchor': '#364fc7' },
  dark: { '--mantine-color-dimmed': '#a6a7ab', '--mantine-color-anchor': '#91a7ff' },
});
