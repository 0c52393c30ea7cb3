/** What every page stands in: theme, styles, colour scheme of the visitor's system until they choose one. */
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import './mantine.css';
import './tokens.css';
import { theme } from './theme';

export function Page({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      {children}
    </MantineProvider>
  );
}
