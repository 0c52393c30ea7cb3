/** Colours and type of all pages: warm greys, ink for what is important, amber for the brand. */
import {
  Checkbox, createTheme, defaultVariantColorsResolver, type MantineColorsTuple, type VariantColorsResolver,
} from '@mantine/core';

const INK: MantineColorsTuple = [
  '#f6f4f1', '#e7e3dd', '#cfc9c1', '#b1a9a0', '#8f877e', '#6f6861', '#514b46', '#393430', '#272320', '#191614',
];
const SAND: MantineColorsTuple = [
  '#faf8f5', '#f4f1ec', '#e9e4dd', '#dad3ca', '#bfb7ad', '#9c948a', '#7b746c', '#5b554f', '#3d3935', '#262321',
];
const NIGHT: MantineColorsTuple = [
  '#ece8e3', '#cdc7c0', '#aaa39b', '#827b74', '#524c47', '#3b3632', '#2a2623', '#1f1c1a', '#161412', '#0e0c0b',
];
const AMBER: MantineColorsTuple = [
  '#fff6e5', '#ffe9c7', '#ffd591', '#ffc057', '#fbab2b', '#f29a12', '#d97f06', '#b06205', '#86490a', '#5c330b',
];

/** Ink is light in the dark: what is written on it has to turn around too. */
const resolveColors: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const isPrimary = input.color === undefined || input.color === input.theme.primaryColor;
  return input.variant === 'filled' && isPrimary ? { ...colors, color: 'var(--on-ink)' } : colors;
};

export const theme = createTheme({
  colors: { ink: INK, gray: SAND, dark: NIGHT, amber: AMBER },
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 0 },
  variantColorResolver: resolveColors,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  headings: { fontWeight: '650' },
  focusRing: 'auto',
  respectReducedMotion: true,
  components: { Checkbox: Checkbox.extend({ defaultProps: { iconColor: 'var(--on-ink)' } }) },
});
